"""Globs over the names of tensors, whose parts are joined by dots.

`*` stands for anything within one part, `**` as a part of its own for any number of parts, none included. A pattern is
held against the whole name: `head` is no `head.weight`, and `norm` no `layer_norm`.
"""

import difflib
import re

from fedops_failures import StageError


def choose(names, patterns, key, aliases=None):
    """Those of `names` that one of the patterns fits. A pattern that fits none is a mistake: it was meant for some.

    `aliases` are further names of tensors, each with the name that stands for it.
    """
    chosen = set()
    for pattern in patterns:
        rule = expression(pattern)
        fitting = {name for name in names if fits(rule, name)}
        if not fitting:
            raise StageError("{}: no tensor has a name like {}{}".format(key, pattern, advice(pattern, names, rule, aliases)))
        chosen |= fitting
    return chosen


def expression(pattern):
    """The pattern as a regular expression, for a name with a dot before it: each part then begins with its dot."""
    text = ""
    for part in pattern.split("."):
        text += r"(?:\.[^.]+)*" if part == "**" else r"\." + "[^.]*".join(re.escape(piece) for piece in part.split("*"))
    return re.compile(text)


def fits(rule, name):
    return rule.fullmatch("." + name) is not None


def advice(pattern, names, rule, aliases):
    for alias, name in (aliases or {}).items():
        if fits(rule, alias):
            return "; {} is the same tensor as {}, and goes by that name".format(alias, name)
    if any(name.startswith(pattern + ".") for name in names):
        return "; did you mean {}.**?".format(pattern)
    near = difflib.get_close_matches(pattern, names, 3, 0.4)
    near = near or list(names)[:3]
    more = ", …" if len(names) > len(near) else ""
    return "; there are {}{}".format(", ".join(near), more) if near else ""
