import numpy as np
from flwr.app import ArrayRecord
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

CLASSES = np.arange(10)


def load_data(partition_id: int, num_partitions: int):
    """This node's part of the images, for training and for testing."""
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    own = np.array_split(order, num_partitions)[partition_id]
    return train_test_split(X[own] / 16, y[own], test_size=0.2, random_state=0)


def new_model():
    model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=0.05, random_state=0)
    model.classes_ = CLASSES
    model.coef_ = np.zeros((10, 64))
    model.intercept_ = np.zeros(10)
    return model


def to_arrays(model):
    return ArrayRecord([model.coef_, model.intercept_])


def from_arrays(arrays):
    model = new_model()
    model.coef_, model.intercept_ = (array.copy() for array in arrays.to_numpy_ndarrays())
    return model


def fit(model, X, y, epochs):
    for _ in range(epochs):
        model.partial_fit(X, y, classes=CLASSES)
    return log_loss(y, model.predict_proba(X), labels=CLASSES)


def score(model, X, y):
    return log_loss(y, model.predict_proba(X), labels=CLASSES), model.score(X, y)
