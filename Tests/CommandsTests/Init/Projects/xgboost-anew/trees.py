"""Tumours as benign or malign, by boosted trees."""

from sklearn.datasets import load_breast_cancer
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from xgboost import XGBClassifier


def load_data(client_id: int, num_clients: int):
    X, y = load_breast_cancer(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X[client_id::num_clients], y[client_id::num_clients], random_state=0)
    return X_train, X_test, y_train, y_test


def build_model(depth=4):
    return XGBClassifier(n_estimators=20, max_depth=depth)


def train(model, X_train, y_train):
    model.fit(X_train, y_train)
    return model


def evaluate(model, X_test, y_test):
    return {"accuracy": accuracy_score(y_test, model.predict(X_test))}
