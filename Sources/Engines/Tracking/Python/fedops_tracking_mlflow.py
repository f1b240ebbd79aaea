"""Rounds as runs of MLflow: on a tracking server, or in a database of SQLite."""

import os
import re
import time

# Set before the library reads them; what the site says wins. Waiting is ours, between attempts.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

MARK = "round/epoch"
TAG = "fedops.key"
# What one request to a tracking server may have (REST API, log-batch).
MOST_METRICS = 900
MOST_PARAMETERS = 100


class MLflow:
    def __init__(self, configuration):
        folder = configuration["folder"]
        address = configuration.get("url") or os.environ.get("MLFLOW_TRACKING_URI")
        self.address = address or f"sqlite:///{folder}/mlflow.db"
        self.place = None if self.address.startswith("http") else os.path.join(folder, "artifacts")
        self.experiment = configuration.get("project") or configuration["task"]
        self.client = MlflowClient(self.address)

    def open(self, account):
        experiment = self.experiment_id()
        key = account["run"]["key"]
        runs = self.client.search_runs([experiment], f"tags.`{TAG}` = '{key}'", max_results=2)
        if runs:
            self.id = runs[0].info.run_id
            self.client.update_run(self.id, status="RUNNING")
        else:
            # The tag comes with the run: there is no moment at which the one is without the other.
            run = self.client.create_run(experiment, run_name=account["run"]["name"], tags={TAG: key})
            self.id = run.info.run_id
        data = self.client.get_run(self.id).data
        self.latest = dict(data.metrics)
        self.epoch = self.latest.get(MARK, -1)
        self.parameters = dict(data.params)
        self.tags = dict(data.tags)

    def experiment_id(self):
        found = self.client.get_experiment_by_name(self.experiment)
        if found is None:
            try:
                return self.client.create_experiment(self.experiment, artifact_location=self.place)
            except MlflowException:
                # Another node may have made it in between.
                found = self.client.get_experiment_by_name(self.experiment)
                if found is None:
                    raise
        return found.experiment_id

    def log(self, account):
        if account["epoch"] > self.epoch:
            self.describe(account)
            self.upload(account)
            step = account["round"]
            instant = int(account["ended"] * 1000)
            metrics = [
                Metric(name(metric), value, instant, step)
                for metric, value in sorted(account["metrics"].items())
                if metric != MARK and not self.has(name(metric), value, step)
            ]
            for start in range(0, len(metrics), MOST_METRICS):
                self.client.log_batch(self.id, metrics=metrics[start : start + MOST_METRICS])
            # Last: with this the round is whole.
            self.client.log_batch(self.id, metrics=[Metric(MARK, account["metrics"][MARK], instant, step)])
            self.epoch = account["epoch"]
            self.latest = {}
        return [account["epoch"]]

    def has(self, metric, value, step):
        """Whether a process that was killed in the middle of the round had come to this metric."""
        if self.latest.get(metric) != value:
            return False
        return any(old.step == step for old in self.client.get_metric_history(self.id, metric))

    def describe(self, account):
        """Parameters of a run can't change; where a new revision changes one, a tag says so."""
        new = []
        tags = {f"fedops.{key}": value for key, value in account["tags"].items()}
        for key, value in sorted(account["parameters"].items()):
            value = str(value)[:6000]
            if key not in self.parameters:
                new.append(Param(name(key), value))
            elif self.parameters[key] != value:
                tags[f"fedops.changed.{name(key)}"] = value
            self.parameters.setdefault(name(key), value)
        tags = {key: value for key, value in tags.items() if self.tags.get(key) != value}
        for start in range(0, len(new), MOST_PARAMETERS):
            self.client.log_batch(self.id, params=new[start : start + MOST_PARAMETERS])
        if tags:
            self.client.log_batch(self.id, tags=[RunTag(key, str(value)[:5000]) for key, value in tags.items()])
        self.tags.update(tags)

    def upload(self, account):
        if account.get("file"):
            self.client.log_artifact(self.id, account["file"], artifact_path="models")

    def close(self):
        self.client.set_terminated(self.id, "FINISHED", end_time=int(time.time() * 1000))


def name(text):
    """As MLflow takes names: letters, digits and `_-. /`, a path that stays below its start."""
    parts = [re.sub(r"[^\w\-. ]", "_", part, flags=re.ASCII) for part in text.split("/")]
    return "/".join(part if part.strip(".") else "_" for part in parts)[:250]
