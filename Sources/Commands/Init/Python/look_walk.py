"""Finds what is worth reading in a project's folder, near files first, within limits of number, size and time."""

import os
import time

SKIPPED = {"__pycache__", "node_modules", "site-packages", "build", "dist", "wandb", "mlruns", "lightning_logs", "env", "venv"}
MINOR = {"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks", "notebooks", "scripts_old"}
LARGEST = 1 << 20
# A folder with one of these is a project of its own, where the root's has code of its own.
MARKS = ("fedops.yaml", "pyproject.toml", "setup.py", "requirements.txt")


class Walk:
    """`python` has paths of sources, `other` all other files that are near the root; both relative, with `/`."""

    def __init__(self, root, files, deadline):
        self.root, self.deadline = root, deadline
        self.python, self.other, self.skipped = [], [], []
        self.seen = 0
        self.cut = None
        self._run(files)

    def _run(self, limit):
        has_code = any(entry.name.endswith(".py") and entry.name != "setup.py" for entry in self._entries(""))
        folders = [("", 0)]
        for folder, depth in folders:  # grows while it is gone through: nearest first
            if time.monotonic() > self.deadline:
                self.cut = "time"
                return
            for entry in self._entries(folder):
                path = folder + "/" + entry.name if folder else entry.name
                self.seen += 1
                if entry.is_dir(follow_symlinks=False):
                    mark = self._mark(entry) if has_code else None
                    if mark is not None and not self._is_skipped(entry):
                        self.skipped.append({"file": path, "line": None, "why": "it is a project of its own, with " + mark})
                    elif not self._is_skipped(entry) and depth < 12:
                        folders.append((path, depth + 1))
                elif entry.name.endswith(".py"):
                    if len(self.python) >= limit:
                        self.cut = "files"
                        return
                    self._source(entry, path)
                elif depth <= 2 and len(self.other) < 2000:
                    self.other.append(path)

    def _entries(self, folder):
        try:
            with os.scandir(os.path.join(self.root, folder)) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.skipped.append({"file": folder or ".", "line": None, "why": error.strerror or "can't be read"})
            return []

    def _source(self, entry, path):
        try:
            target = os.path.realpath(entry.path)
            if not target.startswith(os.path.join(self.root, "")) or not os.path.isfile(target):
                return  # a link out of the project, to nothing or to itself
            size = os.stat(target).st_size
        except (OSError, RuntimeError):
            return
        if size > LARGEST:
            self.skipped.append({"file": path, "line": None, "why": "it is larger than 1 MiB"})
        else:
            self.python.append(path)

    @staticmethod
    def _mark(entry):
        if entry.name == "src" or entry.name in MINOR:
            return None
        return next((name for name in MARKS if os.path.isfile(os.path.join(entry.path, name))), None)

    @staticmethod
    def _is_skipped(entry):
        name = entry.name
        return (
            name.startswith(".")
            or name in SKIPPED
            or name.endswith(".egg-info")
            or os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))
        )


def is_minor(path):
    """Whether the file is beside the project's own work: its tests, its documentation, its installation."""
    *folders, name = path.split("/")
    return (
        any(folder.lower() in MINOR for folder in folders)
        or name.startswith("test_")
        or name.endswith("_test.py")
        or name in ("conftest.py", "setup.py", "noxfile.py")
    )
