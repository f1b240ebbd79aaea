import pathlib
import sys
import unittest

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from data import load
from model import DigitNet
from train import evaluate, train


class DigitsTests(unittest.TestCase):
    def test_sites_have_all_images_once(self):
        together = load()
        for part in ("train", "test"):
            apart = sum(len(load(site)[part].dataset) for site in ("north", "east", "south"))
            self.assertEqual(apart, len(together[part].dataset))

    def test_scores_are_ten_for_each_image(self):
        self.assertEqual(DigitNet()(torch.zeros(3, 1, 8, 8)).shape, (3, 10))

    def test_training_learns(self):
        loaders = load()
        network = DigitNet()
        train(network, loaders["train"], epochs=2)
        self.assertGreater(evaluate(network, loaders["test"])["accuracy"], 0.9)


if __name__ == "__main__":
    unittest.main()
