import numpy as np

RATE = 0.1


def make_samples(site):
    random = np.random.default_rng(len(site))
    x = random.normal(size=(200, 3))
    y = x @ np.array([1.0, -2.0, 0.5]) + 0.1 * random.normal(size=200)
    return {"x": x, "y": y}


def init_weights():
    return {"w": np.zeros(3), "b": np.zeros(1)}


def fit(weights, x, y, epochs, rate):
    for _ in range(epochs):
        error = x.dot(weights["w"]) + weights["b"] - y
        weights["w"] -= rate * x.T.dot(error) / len(y)
        weights["b"] -= rate * error.mean()
    return weights


def score(weights, x, y):
    return float(np.mean((x.dot(weights["w"]) + weights["b"] - y) ** 2))
