"""Imports functions of a project, in a process that may do no harm, and prints what they turn out to be as JSON.

The argument is JSON: the `folder`, the `path` that imports go by, and `functions`, each with its `entry`
(`module:function`) and, where it is to be called, with its `arguments`."""

import importlib
import inspect
import json
import os
import sys


def main(request):
    output = os.dup(1)
    os.dup2(2, 1)  # what the project prints isn't ours
    os.chdir(request["folder"])
    sys.path[:] = request["path"] + [place for place in sys.path[1:]]
    sys.argv[:] = [""]
    found = {}
    for function in request["functions"]:
        try:
            found[function["entry"]] = look(function)
        except BaseException as error:  # a script may end the process when it is imported
            text = "{}: {}".format(type(error).__name__, error).strip()
            missing = error.name if isinstance(error, ModuleNotFoundError) else None
            found[function["entry"]] = {"error": text[:300], "missing": missing}
    with os.fdopen(output, "w", encoding="utf-8") as file:
        json.dump(found, file)


def look(function):
    module, _, path = function["entry"].partition(":")
    target = importlib.import_module(module)
    for part in path.split("."):
        target = getattr(target, part)
    found = {"isCallable": callable(target)}
    if function.get("arguments") is not None and not isinstance(target, str) and callable(target):
        try:
            value = target(**function["arguments"])
            if inspect.iscoroutine(value):
                value.close()
                return found
            found["made"] = describe(value)
        except BaseException as error:
            found["callError"] = "{}: {}".format(type(error).__name__, error)[:300]
    return found


def describe(value, depth=0):
    kind = type(value)
    made = {"type": "{}.{}".format(kind.__module__, kind.__qualname__), "isModel": is_model(value)}
    if isinstance(value, dict) and depth == 0 and all(isinstance(key, str) for key in value):
        made["keys"] = list(value)[:50]
    elif isinstance(value, (tuple, list)) and depth == 0 and len(value) <= 12:
        made["elements"] = [describe(item, 1)["type"] for item in value]
    return made


def is_model(value):
    names = {"{}.{}".format(base.__module__, base.__name__) for base in type(value).__mro__}
    known = {"torch.nn.modules.module.Module", "sklearn.base.BaseEstimator", "xgboost.core.Booster"}
    if names & known or any(name.startswith("keras.") and name.endswith(".Model") for name in names):
        return True
    return holds_arrays(value)


def holds_arrays(value, depth=0):
    """Arrays, in nested lists, tuples and dictionaries with numbers beside them."""
    if depth > 8 or value is None or isinstance(value, (str, bytes)):
        return False
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return any(holds_arrays(item, depth + 1) for item in value[:100])
    return hasattr(value, "__array__") and hasattr(value, "dtype") and hasattr(value, "shape")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
