from train import accuracy


def test_accuracy():
    assert accuracy is not None


def train(model, loader):
    raise AssertionError("not the project's")
