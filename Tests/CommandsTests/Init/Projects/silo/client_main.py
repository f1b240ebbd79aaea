import hydra
from fedops.client.app import FLClientTask

import data_preparation
import models


@hydra.main(config_path="./conf", config_name="config", version_base=None)
def main(cfg):
    train_torch = models.train_torch()
    FLClientTask(cfg, {"training": train_torch}).start()


if __name__ == "__main__":
    main()
