"""A linear classifier of handwritten digits. `python train.py` trains and tests it on all of the data."""

import argparse

import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, log_loss

from data import load

DIGITS = np.arange(10)


def build_model(alpha=0.0001, rate=0.05):
    return SGDClassifier(loss="log_loss", alpha=alpha, learning_rate="constant", eta0=rate, random_state=0)


def train(model, X_train, y_train, epochs=50):
    for _ in range(epochs):
        model.partial_fit(X_train, y_train, classes=DIGITS)
    loss = log_loss(y_train, model.predict_proba(X_train), labels=DIGITS)
    print(f"trained on {len(y_train)} images for {epochs} epochs: loss {loss:.4f}")
    return {"loss": loss}


def evaluate(model, X_test, y_test):
    return {
        "accuracy": accuracy_score(y_test, model.predict(X_test)),
        "loss": log_loss(y_test, model.predict_proba(X_test), labels=DIGITS),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", help="train on the data of this site only; it is tested on all")
    parser.add_argument("--epochs", type=int, default=50)
    arguments = parser.parse_args()

    X_train, y_train, _, _ = load(arguments.site)
    _, _, X_test, y_test = load()
    model = build_model()
    train(model, X_train, y_train, arguments.epochs)
    for name, value in evaluate(model, X_test, y_test).items():
        print(f"{name}: {value:.4f}")


if __name__ == "__main__":
    main()
