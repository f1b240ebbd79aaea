"""Train and evaluate for projects of Hugging Face: their own Trainer, or a model, data sets and arguments."""

import collections.abc
import copy
import sys
import tempfile

from fedops_failures import StageError
from fedops_modules import is_trainer

# What a Trainer tells of itself rather than of the model.
RUNTIME = ("epoch", "total_flos", "num_input_tokens_seen")
RUNTIME_ENDS = ("_runtime", "_per_second", "_time")


def fit(model, epochs=1, train_dataset=None, arguments=None, data_collator=None, processing_class=None):
    """`epochs` passes of the project's Trainer, which the model stage gives; else of one that is made of the model,
    `train_dataset` and `arguments`, TrainingArguments or a map of them. Nothing is saved and nothing reported."""
    trainer, given = trainer_for(model, arguments, data_collator, processing_class), is_trainer(model)
    if not given:
        trainer.train_dataset = train_dataset
    if trainer.train_dataset is None:
        raise StageError("there is no train_dataset: let the data stage give it, or bind it by with:")
    trainer.args.num_train_epochs = float(epochs)
    own = (trainer.optimizer, trainer.lr_scheduler)
    try:
        result = trainer.train()
    finally:
        # Those that train made hold the last round's momentum and the end of its schedule.
        trainer.optimizer, trainer.lr_scheduler = own
    metrics = {"loss": result.training_loss}
    return {**plain(result.metrics, "train_"), **metrics, "examples": length(trainer.train_dataset, "train_dataset")}


def evaluate(model, test_dataset=None, arguments=None, data_collator=None, processing_class=None, compute_metrics=None):
    """The Trainer's own `evaluate`, on `test_dataset` or on the Trainer's own data set; names without `eval_`."""
    trainer = trainer_for(model, arguments, data_collator, processing_class)
    if compute_metrics is not None:
        trainer.compute_metrics = compute_metrics
    dataset = trainer.eval_dataset if test_dataset is None else test_dataset
    if dataset is None:
        raise StageError("there is no test_dataset: let the data stage give it, or bind it by with:")
    return {**plain(trainer.evaluate(dataset), "eval_"), "examples": length(dataset, "test_dataset")}


def trainer_for(model, arguments, data_collator, processing_class):
    transformers = sys.modules["transformers"] if "transformers" in sys.modules else __import__("transformers")
    if is_trainer(model):
        quieten(model, transformers)
        return model
    if arguments is None or isinstance(arguments, collections.abc.Mapping):
        arguments = transformers.TrainingArguments(
            **{"output_dir": tempfile.gettempdir(), "save_strategy": "no", "report_to": [], **(arguments or {})}
        )
    options = {"data_collator": data_collator}
    if processing_class is not None:
        options["processing_class"] = processing_class
    trainer = transformers.Trainer(model=model, args=copy.copy(arguments), **options)
    quieten(trainer, transformers)
    return trainer


def quieten(trainer, transformers):
    """No checkpoints, no hub, no trackers and no progress bars, whatever the project's own arguments say."""
    arguments = trainer.args
    arguments.save_strategy = type(arguments.save_strategy)("no")
    arguments.load_best_model_at_end = False
    arguments.push_to_hub = False
    arguments.report_to = []
    arguments.disable_tqdm = True
    for callback in list(trainer.callback_handler.callbacks):
        reports = type(callback).__module__.startswith("transformers.integrations")
        if reports or isinstance(callback, (transformers.ProgressCallback, transformers.PrinterCallback)):
            trainer.remove_callback(callback)


def plain(metrics, prefix):
    names = {key: key[len(prefix) :] if key.startswith(prefix) else key for key in metrics}
    return {
        name: metrics[key]
        for key, name in names.items()
        if name not in RUNTIME and not ("_" + name).endswith(RUNTIME_ENDS)
    }


def length(dataset, name):
    try:
        return len(dataset)
    except TypeError:
        raise StageError("{} has no length: say by examples: in the flow how many there are".format(name)) from None
