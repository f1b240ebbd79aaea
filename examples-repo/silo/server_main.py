import data_preparation
import hydra
import models
from fedops.server.app import FLServer
from hydra.utils import instantiate
from omegaconf import DictConfig


@hydra.main(config_path="./conf", config_name="config", version_base=None)
def main(cfg: DictConfig) -> None:
    model = instantiate(cfg.model)
    FLServer(
        cfg=cfg,
        model=model,
        model_name=type(model).__name__,
        model_type=cfg.model_type,
        gl_val_loader=data_preparation.gl_model_torch_validation(batch_size=cfg.batch_size),
        test_torch=models.test_torch(),
    ).start()


if __name__ == "__main__":
    main()
