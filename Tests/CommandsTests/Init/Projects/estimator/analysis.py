"""Which wine is it? Run it to see."""
from sklearn.datasets import load_wine
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split


def get_data():
    X, y = load_wine(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / X.max(axis=0), y, random_state=1)
    return X_train, y_train, X_test, y_test


if __name__ == "__main__":
    X_train, y_train, X_test, y_test = get_data()
    clf = SGDClassifier(loss="log_loss", random_state=3)
    clf.fit(X_train, y_train)
    print(clf.score(X_test, y_test))
