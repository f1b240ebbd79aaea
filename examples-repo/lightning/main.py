"""Trains and tests on this machine: python main.py --epochs 10"""

import argparse

import lightning as L

from data import DigitsData
from model import DigitClassifier


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    args = parser.parse_args()

    L.seed_everything(0)
    data = DigitsData(batch_size=args.batch_size)
    trainer = L.Trainer(max_epochs=args.epochs)
    model = DigitClassifier()
    trainer.fit(model, datamodule=data)
    trainer.test(model, datamodule=data)


if __name__ == "__main__":
    main()
