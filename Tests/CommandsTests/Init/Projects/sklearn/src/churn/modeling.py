from sklearn.linear_model import SGDClassifier

from churn.metrics import summary

CLASSES = [0, 1]


def build_classifier(alpha=1e-4):
    return SGDClassifier(loss="log_loss", alpha=alpha, random_state=0)


def fit(clf, X_train, y_train, n_epochs=5):
    for _ in range(n_epochs):
        clf.partial_fit(X_train, y_train, classes=CLASSES)
    return clf


def evaluate(clf, X_test, y_test):
    return summary(y_test, clf.predict(X_test))
