import lightning as L
import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset, random_split


class DigitsData(L.LightningDataModule):
    """The handwritten digits that scikit-learn brings, as rows of 64 pixels."""

    def __init__(self, batch_size: int = 32, test_share: float = 0.25):
        super().__init__()
        self.batch_size = batch_size
        self.test_share = test_share

    def setup(self, stage=None):
        pixels, digits = load_digits(return_X_y=True)
        whole = TensorDataset(torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(digits))
        parts = [1 - self.test_share, self.test_share]
        self.train_set, self.test_set = random_split(whole, parts, torch.Generator().manual_seed(0))

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def test_dataloader(self):
        return DataLoader(self.test_set, batch_size=256)
