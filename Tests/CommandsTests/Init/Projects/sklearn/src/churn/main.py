from churn.dataset import load_customers
from churn.modeling import build_classifier, evaluate, fit

if __name__ == "__main__":
    X_train, X_test, y_train, y_test = load_customers("north")
    clf = fit(build_classifier(), X_train, y_train)
    print(evaluate(clf, X_test, y_test))
