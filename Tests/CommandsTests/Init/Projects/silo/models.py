import torch
from torch import nn, optim


class MNISTClassifier(nn.Module):
    def __init__(self, output_size):
        super().__init__()
        self.fc = nn.Linear(784, output_size)

    def forward(self, x):
        return self.fc(x.flatten(1))


def train_torch():
    def custom_train_torch(model, train_loader, epochs, cfg):
        optimizer = optim.Adam(model.parameters(), lr=cfg.learning_rate)
        model.train()
        for _ in range(epochs):
            for inputs, labels in train_loader:
                optimizer.zero_grad()
                nn.CrossEntropyLoss()(model(inputs), labels).backward()
                optimizer.step()
        return model

    return custom_train_torch


def test_torch():
    def custom_test_torch(model, test_loader, cfg):
        model.eval()
        return 0.0, 0.0, None

    return custom_test_torch
