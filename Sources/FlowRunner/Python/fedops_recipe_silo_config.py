"""Hydra's conf/config.yaml: by OmegaConf where the environment has it, else as much of it as such projects use."""

import collections.abc
import functools
import importlib
import json
import os
import re

from fedops_failures import StageError
from fedops_names import nearest

INTERPOLATION = re.compile(r"\$\{([^${}]*)\}")


def read(path, settings):
    """The configuration, with the flow's settings over the keys that it has, dotted ones included."""
    return cached(path, json.dumps({key: value for key, value in settings.items() if key != "config"}, sort_keys=True))


@functools.lru_cache(maxsize=2)
def cached(path, text):
    if not os.path.exists(path):
        raise StageError("there is no {} in the flow's folder: name it by config: in settings".format(path))
    settings = json.loads(text)
    try:
        from omegaconf import OmegaConf
    except ModuleNotFoundError:
        cfg = plain(path)
        overlay(cfg, settings, path, lambda key, value: put(cfg, key.split("."), wrap(value)))
        return resolved(cfg, cfg, path)
    cfg = OmegaConf.load(path)
    if "defaults" in cfg:
        cfg = composed(path)
    OmegaConf.set_struct(cfg, False)
    overlay(cfg, settings, path, lambda key, value: OmegaConf.update(cfg, key, value, merge=True))
    OmegaConf.set_struct(cfg, True)
    return cfg


def composed(path):
    """A configuration of several files, which only Hydra puts together."""
    try:
        from hydra import compose, initialize_config_dir
    except ModuleNotFoundError:
        raise StageError("{} has defaults, which need hydra-core in the requirements".format(path)) from None
    folder, name = os.path.split(os.path.abspath(path))
    with initialize_config_dir(config_dir=folder, version_base=None):
        return compose(config_name=os.path.splitext(name)[0])


def overlay(cfg, settings, path, put):
    for key, value in settings.items():
        if key.split(".")[0] in cfg:
            put(key, value)
        else:
            print("fedops: settings has {}, which {} has not: left out{}".format(key, path, nearest(key, list(cfg))))


def instantiate(cfg, key, path):
    """The object of a `_target_`, its arguments the other keys beside it."""
    if key not in cfg or "_target_" not in cfg[key]:
        raise StageError("{} has no {}._target_, which names its class".format(path, key))
    if not isinstance(cfg, Plain):
        try:
            from hydra.utils import instantiate as make

            return make(cfg[key])
        except ModuleNotFoundError as error:
            if error.name != "hydra":
                raise
        from omegaconf import OmegaConf

        return built(OmegaConf.to_container(cfg[key], resolve=True), path)
    return built(cfg[key], path)


def built(node, path):
    if isinstance(node, list):
        return [built(item, path) for item in node]
    if not isinstance(node, collections.abc.Mapping):
        return node
    made = {key: built(value, path) for key, value in node.items()}
    if "_target_" not in made:
        return made
    target = locate(made.pop("_target_"), path)
    positional = made.pop("_args_", ())
    is_partial = made.pop("_partial_", False)
    for word in ("_recursive_", "_convert_"):
        made.pop(word, None)
    return functools.partial(target, *positional, **made) if is_partial else target(*positional, **made)


def locate(text, path):
    module, parts = text, []
    while "." in module:
        module, _, part = module.rpartition(".")
        parts.insert(0, part)
        try:
            target = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name and (module == error.name or module.startswith(error.name + ".")):
                continue
            raise
        for part in parts:
            if not hasattr(target, part):
                raise StageError("{}: {} has no {}{}".format(path, module, part, nearest(part, vars(target))))
            target = getattr(target, part)
        return target
    raise StageError("{}: _target_ {} is in no module that is there".format(path, text))


class Plain(dict):
    """Keys as attributes too."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError("the configuration has no {}{}".format(name, nearest(name, self))) from None


def plain(path):
    try:
        import yaml
    except ModuleNotFoundError:
        raise StageError(
            "{} can't be read: add omegaconf, or hydra-core, to the requirements".format(path)
        ) from None

    class Loader(yaml.SafeLoader):
        """Numbers such as 1e-3 are numbers, as OmegaConf reads them."""

    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
    )
    with open(path, encoding="utf-8") as file:
        found = yaml.load(file, Loader)
    if not isinstance(found, dict):
        raise StageError("{} holds no map".format(path))
    if "defaults" in found:
        raise StageError("{} has defaults, which need hydra-core in the requirements".format(path))
    return wrap(found)


def wrap(value):
    if isinstance(value, dict):
        return Plain({key: wrap(item) for key, item in value.items()})
    return [wrap(item) for item in value] if isinstance(value, list) else value


def put(node, steps, value):
    for step in steps[:-1]:
        node = node.setdefault(step, Plain())
    if isinstance(value, dict) and isinstance(node.get(steps[-1]), dict):
        for key, item in value.items():
            put(node[steps[-1]], [key], item)
    else:
        node[steps[-1]] = value


def resolved(node, root, path, within=()):
    if isinstance(node, dict):
        return Plain({key: resolved(item, root, path, within) for key, item in node.items()})
    if isinstance(node, list):
        return [resolved(item, root, path, within) for item in node]
    if not isinstance(node, str) or "${" not in node:
        return node
    whole = INTERPOLATION.fullmatch(node)
    if whole:
        return looked_up(whole.group(1).strip(), root, path, within)
    text = INTERPOLATION.sub(lambda match: str(looked_up(match.group(1).strip(), root, path, within)), node)
    if "${" in text:
        raise StageError("{}: {} is an interpolation that needs omegaconf in the requirements".format(path, node))
    return text


def looked_up(reference, root, path, within):
    if reference in within:
        raise StageError("{}: ${{{}}} leads back to itself".format(path, reference))
    if reference.startswith("oc.env:"):
        name, has_default, default = reference[len("oc.env:") :].partition(",")
        if name not in os.environ and not has_default:
            raise StageError("{}: ${{{}}}: this node's stages have no variable {}".format(path, reference, name))
        return os.environ.get(name, default.strip())
    if ":" in reference or reference.startswith("."):
        raise StageError("{}: ${{{}}} needs omegaconf in the requirements".format(path, reference))
    value = root
    for step in re.sub(r"\[([^\]]*)\]", r".\1", reference).split("."):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            raise StageError("{}: ${{{}}}: there is no {} in it".format(path, reference, step))
    return resolved(value, root, path, (*within, reference))
