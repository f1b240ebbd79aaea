"""The handwritten digits that scikit-learn brings, as loaders of PyTorch."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

# Of a digit's images this share is spread over all sites; the rest is at the digit's home.
SPREAD = 0.2


def load(site=None, sites=("north", "east", "south"), batch=32):
    """Loaders for training and testing, of one site's images or of all."""
    images, digits = load_digits(return_X_y=True)
    here = np.ones(len(digits), bool) if site is None else sites_of(digits, len(sites)) == position(site, sites)
    test = np.zeros(len(digits), bool)
    test[train_test_split(np.arange(len(digits)), test_size=0.25, random_state=0, stratify=digits)[1]] = True
    return {
        "train": loader(images[here & ~test], digits[here & ~test], batch, shuffle=True),
        "test": loader(images[here & test], digits[here & test], 256, shuffle=False),
    }


def loader(images, digits, batch, shuffle):
    pixels = torch.tensor(images / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    order = torch.Generator().manual_seed(0) if shuffle else None
    # A last batch of a single image would leave nothing to normalise it by.
    dataset = TensorDataset(pixels, torch.tensor(digits))
    return DataLoader(dataset, batch, shuffle=shuffle, generator=order, drop_last=shuffle and len(dataset) % batch == 1)


def position(site, sites):
    if site not in sites:
        raise ValueError(f"there is no site {site!r}; there are {', '.join(sites)}")
    return list(sites).index(site)


def sites_of(digits, count):
    """For each image the position of the site that has it; the same at every call."""
    random = np.random.default_rng(0)
    anywhere = random.random(len(digits)) < SPREAD
    return np.where(anywhere, random.integers(0, count, len(digits)), digits % count)
