import random

import data_preparation
import hydra
import models
import numpy as np
import torch
from fedops.client import client_utils
from fedops.client.app import FLClientTask
from hydra.utils import instantiate
from omegaconf import DictConfig


@hydra.main(config_path="./conf", config_name="config", version_base=None)
def main(cfg: DictConfig) -> None:
    random.seed(cfg.random_seed)
    np.random.seed(cfg.random_seed)
    torch.manual_seed(cfg.random_seed)

    train_loader, val_loader, test_loader = data_preparation.load_partition(
        dataset=cfg.dataset.name,
        validation_split=cfg.dataset.validation_split,
        batch_size=cfg.batch_size,
    )
    model = instantiate(cfg.model)
    client_utils.local_model_directory(cfg.task_id)
    registration = {
        "train_loader": train_loader,
        "val_loader": val_loader,
        "test_loader": test_loader,
        "model": model,
        "model_name": type(model).__name__,
        "train_torch": models.train_torch(),
        "test_torch": models.test_torch(),
    }
    FLClientTask(cfg, registration).start()


if __name__ == "__main__":
    main()
