import data_preparation
import hydra
import models
from fedops.client.app import FLClientTask
from hydra.utils import instantiate


@hydra.main(config_path="./conf", config_name="config", version_base=None)
def main(cfg):
    train_loader, val_loader, test_loader = data_preparation.load_partition(
        dataset=cfg.dataset.name,
        validation_split=cfg.dataset.validation_split,
        batch_size=cfg.batch_size,
        site_id=cfg.site_id,
    )
    registration = {
        "train_loader": train_loader,
        "val_loader": val_loader,
        "test_loader": test_loader,
        "model": instantiate(cfg.model),
        "train_torch": models.train_torch(),
        "test_torch": models.test_torch(),
    }
    FLClientTask(cfg, registration).start()


if __name__ == "__main__":
    main()
