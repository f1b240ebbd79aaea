import xgboost as xgb
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

PARAMS = {"objective": "binary:logistic", "eta": 0.3}


def load_data(client_id: int, num_clients: int):
    X, y = load_breast_cancer(return_X_y=True)
    X, y = X[client_id::num_clients], y[client_id::num_clients]
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    dtrain, dtest = xgb.DMatrix(X_train, label=y_train), xgb.DMatrix(X_test, label=y_test)
    return dtrain, dtest


def new_booster():
    return xgb.Booster(PARAMS)


def train(bst, dtrain, epochs):
    for i in range(epochs):
        bst.update(dtrain, bst.num_boosted_rounds())
    return bst


def evaluate(bst, dtest):
    return {"auc": roc_auc_score(dtest.get_label(), bst.predict(dtest))}
