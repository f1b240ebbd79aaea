"""The handwritten digits that scikit-learn brings, as several sites would have them."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

# Of a digit's images this share is spread over all sites; the rest is at the digit's home.
SPREAD = 0.2


def load(site=None, sites=("north", "east", "south")):
    """Images (scaled to 0..1) and digits of one site for training and testing; of all sites together without one.

    Sites differ in what they have: most images of a digit are at one of them. The test images are never trained on,
    at whatever site they are.
    """
    images, digits = load_digits(return_X_y=True)
    images = images / 16
    here = np.ones(len(digits), bool) if site is None else sites_of(digits, len(sites)) == position(site, sites)
    test = np.zeros(len(digits), bool)
    test[train_test_split(np.arange(len(digits)), test_size=0.25, random_state=0, stratify=digits)[1]] = True

    X_train, y_train = images[here & ~test], digits[here & ~test]
    X_test, y_test = images[here & test], digits[here & test]
    return X_train, y_train, X_test, y_test


def position(site, sites):
    if site not in sites:
        raise ValueError(f"there is no site {site!r}; there are {', '.join(sites)}")
    return list(sites).index(site)


def sites_of(digits, count):
    """For each image the position of the site that has it; the same at every call."""
    random = np.random.default_rng(0)
    anywhere = random.random(len(digits)) < SPREAD
    return np.where(anywhere, random.integers(0, count, len(digits)), digits % count)
