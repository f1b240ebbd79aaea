"""FedOps' account of rounds for one experiment tracker, in a process of its own on the server node.

Started as `python <this file> <configuration>`. Each line of standard input is the path of a round's account (JSON);
each is answered on standard output, in order, by one line of JSON:

    {"logged": EPOCH}             the tracker's library has it
    {"kept": [EPOCH, ...]}        it is durable, or with the tracker's server: it may be forgotten here
    {"failed": TEXT}              the process ends; whoever started it tries again

The end of standard input finishes what is open. Rounds that came before, in a process that was killed, are told by the
tracker's own record (`last`), so that none counts twice.
"""

import json
import os
import signal
import sys


def backend(configuration):
    name = configuration["name"]
    if name == "mlflow":
        from fedops_tracking_mlflow import MLflow as Backend
    elif name == "wandb":
        from fedops_tracking_wandb import WandB as Backend
    else:
        from fedops_tracking_tensorboard import TensorBoard as Backend
    return Backend(configuration)


class Reporter:
    def __init__(self, configuration, answers):
        self.configuration = configuration
        self.answers = answers
        self.backend = None
        self.run = None

    def take(self, path):
        with open(path, encoding="utf-8") as file:
            account = json.load(file)
        # The kernel ends a call that hangs, wherever it is; whoever started us says so.
        signal.alarm(int(self.configuration["seconds"]))
        if self.backend is None:
            self.backend = backend(self.configuration)
        if account["run"]["key"] != self.run:
            self.close()
            self.backend.open(account)
            self.run = account["run"]["key"]
        kept = self.backend.log(account)
        signal.alarm(0)
        self.answer({"logged": account["epoch"]})
        if kept:
            self.answer({"kept": kept})

    def close(self):
        if self.run is None:
            return
        signal.alarm(int(self.configuration["seconds"]))
        kept = self.backend.close()
        signal.alarm(0)
        self.run = None
        if kept:
            self.answer({"kept": kept})

    def answer(self, line):
        self.answers.write(json.dumps(line) + "\n")
        self.answers.flush()


def describe(error, name):
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.split(".")[0] == name:
        return f"the package {name} is not in this environment: add it to the flow's requirements"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:2000]


def main():
    # Answers have the standard output to themselves; what libraries print goes to the standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with open(sys.argv[1], encoding="utf-8") as file:
        configuration = json.load(file)
    os.makedirs(configuration["folder"], exist_ok=True)
    os.chdir(configuration["folder"])
    reporter = Reporter(configuration, answers)
    try:
        for line in sys.stdin:
            reporter.take(line.strip())
        reporter.close()
    except Exception as error:  # also of the libraries: told, and tried again by a new process
        signal.alarm(0)
        reporter.answer({"failed": describe(error, configuration["name"])})
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Threads of the libraries that wait for a server are not waited for.
    os._exit(code)
