import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset, random_split


def digits(keep):
    X, y = load_digits(return_X_y=True)
    chosen = keep(torch.arange(len(X)))
    return TensorDataset(torch.tensor(X[chosen], dtype=torch.float32) / 16, torch.tensor(y[chosen]))


def load_partition(dataset, validation_split, batch_size, site_id):
    assert dataset == "digits"
    whole = digits(lambda index: (index % 3 == site_id) & (index < 1500))
    validation = int(validation_split * len(whole))
    test = int(0.2 * len(whole))
    train, val, test = random_split(whole, [len(whole) - validation - test, validation, test])
    train_loader = DataLoader(train, batch_size=batch_size, shuffle=True)
    return train_loader, DataLoader(val, batch_size=batch_size), DataLoader(test, batch_size=batch_size)


def gl_model_torch_validation(batch_size):
    return DataLoader(digits(lambda index: index >= 1500), batch_size=batch_size)
