"""A small convolutional network for handwritten digits. `python train.py` trains and tests it on all of the data."""

import torch
from torch import nn

from data import load
from model import DigitNet


def train(model, loader, epochs=5, rate=0.05, momentum=0.9):
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum)
    model.train()
    for epoch in range(epochs):
        total = 0.0
        for images, digits in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images), digits)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(digits)
        print(f"epoch {epoch + 1} of {epochs}: loss {total / len(loader.dataset):.4f}")
    return {"loss": total / len(loader.dataset)}


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    correct, total = 0, 0.0
    for images, digits in loader:
        scores = model(images)
        total += nn.functional.cross_entropy(scores, digits, reduction="sum").item()
        correct += (scores.argmax(1) == digits).sum().item()
    return {"accuracy": correct / len(loader.dataset), "loss": total / len(loader.dataset)}


if __name__ == "__main__":
    loaders = load()
    network = DigitNet()
    train(network, loaders["train"])
    for name, value in evaluate(network, loaders["test"]).items():
        print(f"{name}: {value:.4f}")
