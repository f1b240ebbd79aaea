import numpy as np


class Learner:
    """Keeps the step size between rounds."""

    def __init__(self, rate):
        self.rate = rate

    def fit(self, weights, samples, epochs):
        for _ in range(epochs):
            weights += self.rate * (np.mean(samples, axis=0) - weights)
        return weights

    def evaluate(self, weights, samples):
        return {"distance": float(np.mean((samples - weights) ** 2))}


def load_samples():
    return np.load("samples.npy")


def new_weights():
    return np.zeros(4)


if __name__ == "__main__":
    learner = Learner(rate=0.5)
    samples = load_samples()
    weights = learner.fit(new_weights(), samples, 3)
