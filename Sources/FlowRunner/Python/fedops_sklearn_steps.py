"""Steps of a pipeline that learn from the data before the estimator does: each node would do so in its own way."""

import numpy as np

from fedops_failures import StageError


def refuse_fitted_steps(model):
    for name, step in parts_of(model):
        learned = learned_by(step)
        if learned:
            raise StageError(
                "step {} of the pipeline ({}) learns {} from this node's data alone, so that nodes would not share one "
                "model: scale in the data stage by constants that all nodes have".format(
                    name, type(step).__name__, ", ".join(learned)
                )
            )


def parts_of(model):
    """Name and step, in order, those of nested pipelines and of unions and column transformers too."""
    steps = getattr(model, "steps", None)
    if not isinstance(steps, list):
        return
    for name, step in steps[:-1]:
        yield from inner(name, step)
    yield from parts_of(steps[-1][1])


def inner(name, step):
    if isinstance(getattr(step, "steps", None), list):
        for nested, part in step.steps:
            yield from inner("{}.{}".format(name, nested), part)
    elif isinstance(getattr(step, "transformers_", None), list):
        for nested, part, *_ in step.transformers_:
            yield from inner("{}.{}".format(name, nested), part)
    elif isinstance(getattr(step, "transformer_list", None), list):
        for nested, part in step.transformer_list:
            yield from inner("{}.{}".format(name, nested), part)
    elif hasattr(step, "__dict__"):
        yield name, step


def learned_by(step):
    if getattr(step, "strategy", None) == "constant":
        return []
    found = [
        attribute
        for attribute, value in vars(step).items()
        if attribute.endswith("_") and not attribute.startswith("_") and is_float(value)
    ]
    if hasattr(step, "vocabulary_") and not getattr(step, "fixed_vocabulary_", False):
        found.append("vocabulary_")
    if hasattr(step, "categories_") and isinstance(getattr(step, "categories", None), str):
        found.append("categories_")
    return found


def is_float(value):
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"
