"""The same for every engine: what is trained, on what, and how it is scored."""

import numpy as np

CASE = "noop"


def make():
    if CASE == "digits":
        return {"w": np.zeros((64, 10), np.float32), "b": np.zeros(10, np.float32)}
    count = {"20MB": 5, "100MB": 25}.get(CASE)
    if count is None:
        return {"w": np.zeros(1, np.float32)}
    return {f"w{index}": np.zeros((1000, 1000), np.float32) for index in range(count)}


def load(node):
    if CASE != "digits":
        return {"x": np.zeros((10, 1)), "y": np.zeros(10)}
    random = np.random.default_rng(0)
    patterns = random.uniform(0, 16, (10, 64))
    y = np.arange(1797) % 10
    x = (patterns[y] + random.normal(0, 8, (1797, 64))).astype(np.float32) / 16
    number = int(node.rpartition("-")[2]) if "-" in node else 0
    return {"x": x[number::4], "y": y[number::4]}


def fit(model, x, y):
    if CASE != "digits":
        for values in model.values():
            values += 1
        return {"loss": 0.0}
    targets = np.eye(10, dtype=np.float32)[y]
    for _ in range(50):
        error = softmax(x @ model["w"] + model["b"]) - targets
        model["w"] -= 0.5 / len(y) * (x.T @ error)
        model["b"] -= 0.5 * error.mean(0)
    return {"loss": float(-np.log((softmax(x @ model["w"] + model["b"]) * targets).sum(1) + 1e-9).mean())}


def score(model, x, y):
    if CASE != "digits":
        return {"value": float(next(iter(model.values())).flat[0])}
    return {"value": float(((x @ model["w"] + model["b"]).argmax(1) == y).mean())}


def softmax(values):
    values = np.exp(values - values.max(1, keepdims=True))
    return values / values.sum(1, keepdims=True)
