import pathlib
import sys
import unittest

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from data import load
from train import build_model, evaluate, train

SITES = ("north", "east", "south")


class DataTests(unittest.TestCase):
    def test_sites_have_all_images_once(self):
        together = load()
        for part in (0, 2):
            apart = np.concatenate([load(site)[part] for site in SITES])
            self.assertEqual(apart.shape, together[part].shape)
            self.assertTrue(np.array_equal(np.sort(apart.sum(axis=1)), np.sort(together[part].sum(axis=1))))

    def test_sites_differ(self):
        shares = [np.bincount(load(site)[1], minlength=10) / len(load(site)[1]) for site in SITES]
        self.assertGreater(np.abs(shares[0] - shares[1]).sum(), 0.5)

    def test_a_site_that_is_not_there_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no site 'west'"):
            load("west")


class TrainTests(unittest.TestCase):
    def test_training_learns(self):
        X_train, y_train, X_test, y_test = load()
        model = build_model()
        train(model, X_train, y_train, epochs=10)
        metrics = evaluate(model, X_test, y_test)
        self.assertGreater(metrics["accuracy"], 0.93)
        self.assertLess(metrics["loss"], 0.4)


if __name__ == "__main__":
    unittest.main()
