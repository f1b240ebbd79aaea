"""Finds the functions that a flow names, and fills their parameters in by name."""

import ast
import collections.abc
import dataclasses
import difflib
import importlib
import importlib.util
import inspect
import os
import sys
import textwrap
import types

from fedops_failures import StageError, relative

KINDS_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY,)
KINDS_SKIPPED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Function:
    """What an entry point `module:function` or `module:Class.method` stands for."""

    def __init__(self, entry, folder):
        self.entry = entry
        self.owner = None  # the class whose instance is needed, for a method
        module_name, path = entry.split(":")
        if module_name == "fedops":
            recipe, _, path = path.partition(".")
            target = bring(recipe)
        else:
            target = load(module_name, folder)
        for part in path.split("."):
            if isinstance(target, type) and inspect.isfunction(inspect.getattr_static(target, part, None)):
                self.owner = target
            holder, target = target, getattr(target, part, None)
            if target is None:
                names = [name for name in vars(holder) if not name.startswith("_")] if hasattr(holder, "__dict__") else []
                raise StageError("{}: there is no {} in {}{}".format(entry, part, module_name, nearest(part, names)))
        if not callable(target):
            raise StageError("{}: it is no function but {!r:.80}".format(entry, target))
        self.target = target
        self.place = place_of(target, folder)
        self.parameters = parameters_of(target, skip_first=self.owner is not None)

    def __str__(self):
        return "{} ({})".format(self.entry, self.place) if self.place else self.entry

    def call(self, instances, arguments):
        positional, named = arguments
        target = self.target if self.owner is None else getattr(instances[self.owner], self.target.__name__)
        result = target(*positional, **named)
        if inspect.iscoroutine(result):
            import asyncio

            return asyncio.run(result)
        return result


def load(name, folder):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            modules = [file[:-3] for file in os.listdir(folder) if file.endswith(".py")]
            raise StageError(
                "there is no module {} in the flow's folder nor in the environment{}".format(name, nearest(name, modules))
            ) from error
        raise


def bring(recipe):
    """A module of recipes, which lies beside this one and is not on the path that the user's imports go by."""
    name = "fedops_recipe_" + recipe
    if name not in sys.modules:
        place = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
        spec = importlib.util.spec_from_file_location(name, place)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def place_of(target, folder):
    try:
        target = inspect.unwrap(target)
        if isinstance(target, type):
            return "{}:{}".format(relative(inspect.getsourcefile(target), folder), inspect.getsourcelines(target)[1])
        code = target.__code__
        return "{}:{}".format(relative(code.co_filename, folder), code.co_firstlineno)
    except (AttributeError, OSError, TypeError):
        return None


def parameters_of(target, skip_first=False):
    try:
        parameters = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        return [inspect.Parameter("given", inspect.Parameter.VAR_KEYWORD)]  # of C; takes what `with` names
    return parameters[1:] if skip_first else parameters


class Missing(Exception):
    """A reference that leads to nothing; the message says where it ends."""


def fill(subject, parameters, bindings, names, values=True):
    """Positional and named arguments, and whether it needs to be known what the data stage gives.

    With `values` false nothing is looked up and no arguments come back: only what can't be filled in is found.
    """
    positional, named, unfilled, unknown = [], {}, [], False
    for parameter in parameters:
        if parameter.kind in KINDS_SKIPPED:
            continue
        name, has_default = parameter.name, parameter.default is not inspect.Parameter.empty
        try:
            known = names.has(name)
            if name in bindings:
                value = meant(names.bound(bindings[name], values, has_default), bindings[name], parameter)
            elif known is None and not values:
                unknown = unknown or not has_default
                continue
            elif known or (known is None and names.has_after_all(name)):
                value = names.value(name) if values else None
            elif has_default:
                continue
            else:
                unfilled.append(name)
                continue
        except Unbound:
            continue
        if parameter.kind in KINDS_BY_POSITION:
            positional.append(value)
        else:
            named[name] = value
    takes_any = any(parameter.kind == inspect.Parameter.VAR_KEYWORD for parameter in parameters)
    own = [parameter.name for parameter in parameters if parameter.kind not in KINDS_SKIPPED]
    for name in bindings:
        if name in own:
            continue
        if not takes_any:
            raise StageError("{} takes no parameter {}, which with: binds{}".format(subject, name, nearest(name, own)))
        named[name] = names.bound(bindings[name], values, False)
    if unfilled:
        given = names.listing()
        raise StageError(
            "{}: nothing fills in the parameter{} {}{}; what can be given: {}. Bind it by with:, such as with: "
            "{{{}: $data.0}}, give it a default, or add it to settings".format(
                subject,
                "s" if len(unfilled) > 1 else "",
                ", ".join(unfilled),
                nearest(unfilled[0], given),
                ", ".join(given),
                unfilled[0],
            )
        )
    return (positional, named), unknown


# What Flower calls a node's place among the others, and their number.
PLACES = ("$labels.partition-id", "$labels.num-partitions")


def meant(value, binding, parameter):
    """A label is a text; for a parameter that says it is an `int`, or whose default is one, it is that number, and so is
    a node's place among the others, unless a text is asked for."""
    if not isinstance(value, str) or not str(binding).startswith("$labels."):
        return value
    wants = parameter.annotation in (int, "int") or type(parameter.default) is int
    is_text = parameter.annotation in (str, "str") or type(parameter.default) is str
    wants = wants or (binding in PLACES and not is_text)
    return int(value) if wants and value.strip().lstrip("-").isdigit() else value


class Unbound(Exception):
    """A label that the node doesn't have, for a parameter that has a default."""


def walk(value, path, text):
    """Follows keys, attributes and positions from 0."""
    for step in path:
        if isinstance(value, collections.abc.Mapping):
            if step in value:
                value = value[step]
                continue
            keys = [str(key) for key in value]
            raise Missing("{}: there is no {} in it{}".format(text, step, nearest(step, keys)))
        if step.isdigit() and hasattr(value, "__getitem__"):
            try:
                value = value[int(step)]
                continue
            except (IndexError, KeyError, TypeError):
                raise Missing("{}: there is no position {} in it".format(text, step)) from None
        if not hasattr(value, step):
            raise Missing("{}: {} has no {}".format(text, type(value).__name__, step))
        value = getattr(value, step)
    return value


def parts_of(value, named):
    """Name to value of what a data stage gave: of a dictionary its keys, of a dataclass or named tuple its fields, of
    a tuple the names in the function's own `return` (see `returned`)."""
    if isinstance(value, collections.abc.Mapping):
        return {key: item for key, item in value.items() if isinstance(key, str)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "_fields") and isinstance(value, tuple):
        return dict(zip(value._fields, value))
    if isinstance(value, types.SimpleNamespace):
        return dict(vars(value))
    parts = {}
    if isinstance(value, (tuple, list)):
        for name, path in (named or {}).items():
            try:
                parts[name] = walk(value, [str(step) for step in path], name)
            except Missing:
                return {}
    return parts


def returned(function):
    """Name to path of what a function gives, as far as every one of its `return`s tells the same: the variables of a
    tuple, also a nested one, the constant keys of a dictionary, or the one variable with the path ()."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    if not tree.body or not isinstance(tree.body[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    found = [names_in(node.value, ()) for node in returns(tree.body[0].body) if node.value is not None]
    return found[0] if found and found[0] and all(names == found[0] for names in found) else None


def returns(statements):
    for statement in statements:
        if isinstance(statement, ast.Return):
            yield statement
        elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from returns([node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt)])
            for handler in getattr(statement, "handlers", []):
                yield from returns(handler.body)


def names_in(node, path):
    if isinstance(node, ast.Name):
        return {node.id: path}
    if isinstance(node, ast.Tuple):
        names = {}
        for index, element in enumerate(node.elts):
            if isinstance(element, ast.Starred):
                return {}
            names.update(names_in(element, path + (index,)))
        return names
    if isinstance(node, ast.Dict) and not path:
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        return {key: (key,) for key in keys} if all(isinstance(key, str) for key in keys) else {}
    return {}


def nearest(name, names):
    close = difflib.get_close_matches(str(name), list(names), 1, 0.6)
    return "; did you mean {}?".format(close[0]) if close else ""
