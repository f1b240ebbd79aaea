import torch
from torch import nn
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(x)


def load_data(partition_id: int, num_partitions: int):
    trainloader, testloader = DataLoader([]), DataLoader([])
    return trainloader, testloader


def train(net, trainloader, epochs, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for _ in range(epochs):
        for x, y in trainloader:
            nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()
