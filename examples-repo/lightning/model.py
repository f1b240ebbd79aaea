import lightning as L
import torch
from torch import nn
from torch.nn import functional as F


class DigitClassifier(L.LightningModule):
    def __init__(self, hidden: int = 64, lr: float = 2e-3):
        super().__init__()
        self.save_hyperparameters()
        self.layers = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Dropout(0.1), nn.Linear(hidden, 10))

    def forward(self, pixels):
        return self.layers(pixels)

    def training_step(self, batch, batch_idx):
        pixels, digits = batch
        loss = F.cross_entropy(self(pixels), digits)
        self.log("train_loss", loss)
        return loss

    def test_step(self, batch, batch_idx):
        pixels, digits = batch
        scores = self(pixels)
        self.log("test_loss", F.cross_entropy(scores, digits))
        self.log("test_accuracy", (scores.argmax(1) == digits).float().mean())

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)
