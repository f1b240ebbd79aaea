import argparse

import torch
from torch import nn, optim

from data import get_loaders
from model import LesionNet


def accuracy(logits, labels):
    return (logits.argmax(dim=1) == labels).float().mean().item()


def train_one_epoch(net, loader, optimizer, criterion, device):
    net.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(net(images.to(device)), labels.to(device))
        loss.backward()
        optimizer.step()
    return loss.item()


def train(net, trainloader, num_epochs, lr, device):
    """Train for some epochs."""
    optimizer = optim.SGD(net.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    net.to(device)
    loss = 0.0
    for _ in range(num_epochs):
        loss = train_one_epoch(net, trainloader, optimizer, criterion, device)
    return loss


@torch.no_grad()
def test(net, testloader, device):
    net.eval()
    correct, total = 0, 0
    for images, labels in testloader:
        correct += (net(images.to(device)).argmax(dim=1) == labels.to(device)).sum().item()
        total += len(labels)
    return {"accuracy": correct / total}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--num-classes", type=int, default=2)
    args = parser.parse_args()
    trainloader, testloader = get_loaders("local", args.batch_size)
    net = LesionNet(args.num_classes)
    train(net, trainloader, args.epochs, args.lr, "cpu")
    print(test(net, testloader, "cpu"))


if __name__ == "__main__":
    main()
