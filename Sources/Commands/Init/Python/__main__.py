"""Reads a project without running any of it, and prints what is there as JSON. Arguments: the folder, the most files, and
the most seconds."""

import json
import os
import re
import sys
import time
import warnings

from look_modules import read
from look_walk import Walk, is_minor

TEXTS = 64 << 10


def main(root, files, seconds):
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(3000)
    root = os.path.realpath(root)
    deadline = time.monotonic() + seconds
    walk = Walk(root, files, deadline)
    sources = source_folders(walk.python)
    modules = []
    cut = walk.cut
    for path in walk.python:
        if time.monotonic() > deadline:
            cut = "time"
            break
        try:
            with open(os.path.join(root, path), "rb") as file:
                facts = read(path, file.read(), module_of(path, sources))
        except SyntaxError as error:
            walk.skipped.append({"file": path, "line": error.lineno, "why": "it is no Python: " + (error.msg or "")})
        except (OSError, ValueError, RecursionError, MemoryError) as error:
            walk.skipped.append({"file": path, "line": None, "why": "it can't be read: {:.80}".format(str(error))})
        else:
            facts["isMinor"] = is_minor(path)
            modules.append(facts)
    executables = [path for path in walk.other + walk.python if path.count("/") < 2 and may_run(root, path)]
    options = {path: options_of(root, path) for path in executables}
    return {
        "python": "{}.{}".format(*sys.version_info[:2]),
        "standard": sorted(getattr(sys, "stdlib_module_names", ())),
        "sources": sources,
        "modules": modules,
        "files": walk.other,
        "executables": executables,
        "options": options,
        "project": project(root),
        "numbers": numbers(root, "conf/config.yaml"),
        "skipped": walk.skipped,
        "seen": walk.seen,
        "cut": cut,
    }


def may_run(root, path):
    place = os.path.join(root, path)
    return os.path.isfile(place) and os.access(place, os.X_OK)


def options_of(root, path):
    """The long options that a script's own text speaks of; none of a program of the machine's."""
    try:
        with open(os.path.join(root, path), "rb") as file:
            content = file.read(TEXTS)
    except OSError:
        return []
    if not content.startswith(b"#!"):
        return []
    found = re.findall(rb"(?<![\w-])--([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)", content)
    return sorted({name.decode() for name in found})


def source_folders(paths):
    """`src` where the code lies in packages below it, which import each other without it."""
    below = any(path.startswith("src/") for path in paths)
    return ["src"] if below and "src/__init__.py" not in paths else []


def module_of(path, sources):
    parts = path[:-3].split("/")
    if parts[0] in sources and len(parts) > 1:
        parts = parts[1:]
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts)


def project(root):
    """What pyproject.toml says, where this Python can read it."""
    try:
        import tomllib

        with open(os.path.join(root, "pyproject.toml"), "rb") as file:
            content = tomllib.loads(file.read(TEXTS).decode("utf-8"))
    except (ImportError, OSError, ValueError):
        return None
    about = table(content, "project")
    flower = table(content, "tool", "flwr", "app")
    return {
        "name": text(about.get("name")),
        "python": text(about.get("requires-python")),
        "dependencies": [item for item in about.get("dependencies", []) if isinstance(item, str)],
        "flower": {
            "isApp": bool(flower),
            "server": text(table(flower, "components").get("serverapp")),
            "client": text(table(flower, "components").get("clientapp")),
            "config": {key: value for key, value in table(flower, "config").items() if isinstance(value, (int, float, str))},
        },
    }


def numbers(root, path):
    """Numbers at the top of a file of YAML, and their lines; what is nested, quoted or computed is left out."""
    try:
        with open(os.path.join(root, path), "rb") as file:
            lines = file.read(TEXTS).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    found = []
    for number, line in enumerate(lines, 1):
        match = re.match(r"([A-Za-z_]\w*)\s*:\s*(-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)\s*(?:#.*)?$", line)
        if match:
            value = float(match[2]) if re.search("[.eE]", match[2]) else int(match[2])
            found.append({"name": match[1], "value": value, "line": number})
    return found


def table(value, *keys):
    for key in keys:
        value = value.get(key, {}) if isinstance(value, dict) else {}
    return value if isinstance(value, dict) else {}


def text(value):
    return value if isinstance(value, str) else None


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
