import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split


def load_customers(region="north", test_size=0.25):
    X, y = make_classification(n_samples=400, n_features=8, random_state=len(region))
    X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=test_size, random_state=0)
    return X_tr, X_te, y_tr, y_te
