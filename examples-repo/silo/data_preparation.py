import logging

import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Subset, TensorDataset, random_split

logger = logging.getLogger(__name__)


def images():
    pixels, digits = load_digits(return_X_y=True)
    return TensorDataset(torch.tensor(pixels / 16, dtype=torch.float32).reshape(-1, 1, 8, 8), torch.tensor(digits))


def load_partition(dataset, validation_split, batch_size):
    """Loaders of this client's own data: all images but those that the server keeps for the global model."""
    logger.info("loading %s", dataset)
    own = Subset(images(), range(1500))
    validation = int(validation_split * len(own))
    test = int(0.2 * len(own))
    parts = [len(own) - validation - test, validation, test]
    train_set, val_set, test_set = random_split(own, parts, torch.Generator().manual_seed(42))
    train_loader = DataLoader(train_set, batch_size=batch_size, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=batch_size)
    test_loader = DataLoader(test_set, batch_size=batch_size)
    return train_loader, val_loader, test_loader


def gl_model_torch_validation(batch_size):
    """What the server tests the global model on."""
    return DataLoader(Subset(images(), range(1500, 1797)), batch_size=batch_size)
