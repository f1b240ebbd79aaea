"""Rounds as runs of Weights & Biases: online, or as files that `wandb sync` sends later."""

import os

import wandb
from fedops_tracking_wandb_file import history

MARK = "round/epoch"


class WandB:
    def __init__(self, configuration):
        self.configuration = configuration
        self.folder = configuration["folder"]
        self.mode = configuration.get("mode") or os.environ.get("WANDB_MODE") or "online"
        if configuration.get("url"):
            os.environ["WANDB_BASE_URL"] = configuration["url"]

    def open(self, account):
        run = account["run"]
        # Files of a process that was killed, which no server has seen, count too.
        self.epoch = max((row.get(MARK, -1) for row in history(self.folder, run["key"])), default=-1)
        self.run = wandb.init(
            project=self.configuration.get("project") or self.configuration["task"],
            entity=self.configuration.get("entity"),
            id=run["key"],
            name=run["name"],
            resume="allow",
            dir=self.folder,
            mode=self.mode,
            settings=wandb.Settings(
                init_timeout=30,
                console="off",
                silent=True,
                disable_git=True,
                disable_code=True,
                x_disable_stats=True,
                x_disable_meta=True,
            ),
        )
        if self.mode == "online":
            known = self.run.summary.get(MARK)
            # What only a file here has, the server doesn't: it is sent again.
            self.epoch = -1 if known is None else known
        self.logged = []

    def log(self, account):
        if account["epoch"] > self.epoch:
            self.run.config.update({**account["parameters"], **account["tags"]}, allow_val_change=True)
            if account.get("file"):
                name = f"{self.configuration['task']}-model"
                artifact = wandb.Artifact(name, type="model", metadata=account["tags"])
                artifact.add_file(account["file"])
                self.run.log_artifact(artifact, aliases=[f"v{account['version']}"])
            self.run.log(account["metrics"], step=account["round"])
            self.epoch = account["epoch"]
        self.logged.append(account["epoch"])
        # The library writes in a process of its own: only its end says that all is there.
        return None

    def close(self):
        self.run.finish()
        logged, self.logged = self.logged, []
        return logged
