"""What of a model is shared, and what stays on the node: `share` of the flow."""

import contextlib
import json
import os
import sys
import weakref

import fedops_tensors as files
from fedops_failures import StageError
from fedops_optimizers import KeptOptimizers
from fedops_patterns import choose

GROUPS = ("buffers", "batchNorm")


class Sharing:
    """Splits a model into what travels and what is the node's own, and keeps the latter.

    The node's own is one file in the folder that outlives workers and revisions: written beside and renamed, so that it
    is whole after a kill at any point. It is written when training succeeded, before the update is, and without waiting
    for what becomes of the update. So after a round that was fenced off, or in which this node was too late, the layers
    are one training ahead of what the others know. That is harmless, and chosen: they belong to this node alone, no other
    node's values ever enter them, and the next round trains them on from here beside the global model of then, as it
    would had the update been taken and averaged away. Throwing them away instead would need an answer from the server,
    and would lose a node's training whenever that is missing.
    """

    def __init__(self, share, folder):
        share = share or {}
        self._only, self._except = share.get("only", []), share.get("except", [])
        self._groups = [group for group in GROUPS if share.get(group) == "local"]
        self._keeps_optimizer = share.get("optimizer") == "kept"
        self._path = os.path.join(folder, "local.safetensors")
        self._told, self._optimizers = set(), weakref.WeakSet()

    def split(self, kind, model, captured=None):
        """The tensors that are shared and those that stay, by name."""
        captured = kind.capture(model) if captured is None else captured
        local = self._local(kind, model, captured)
        shared = {name: tensor for name, tensor in captured.items() if name not in local}
        if not shared:
            raise StageError("share: nothing is left to share of {} tensors".format(len(captured)))
        return shared, {name: captured[name] for name in captured if name in local}

    def _local(self, kind, model, captured):
        names = list(captured)
        if not (self._only or self._except or self._groups):
            return set()
        aliases = kind.aliases(model) if hasattr(kind, "aliases") else {}
        local = set(names) - choose(names, self._only, "share.only", aliases) if self._only else set()
        local |= choose(names, self._except, "share.except", aliases)
        for group in self._groups:
            if not hasattr(kind, "local"):
                raise StageError("share.{}: {} has none; name what stays by except:".format(group, kind.kind))
            found = kind.local(model, group).intersection(names)
            if not found:
                raise StageError("share.{}: the model has none, so that nothing would stay local".format(group))
            local |= found
        return local

    def put_back(self, local, shared):
        """All values for the model: the shared ones, and of the others what was kept, or else what they are."""
        kept = self._read()[0] if local else {}
        values = {**local, **shared}
        for name, tensor in local.items():
            stored = kept.get("model/" + name)
            if stored is None:
                continue
            texts = files.differences({name: stored}, {name: tensor})
            if texts:
                self._tell("what this node kept is left aside, the revision has another: " + texts[0])
            else:
                values[name] = stored
        return values

    def training(self, kind, model, local):
        """Around a training: yields what has the optimisers' states when it is over, or None."""
        if local and not os.path.exists(self._path):
            # What a training that fails leaves half-trained is then put back as well.
            self._write(local, {}, [])
        if not self._keeps_optimizer:
            return contextlib.nullcontext()
        if not hasattr(kind, "entries"):
            raise StageError("share.optimizer: kept is for modules of PyTorch, the model is " + kind.kind)
        tensors, metadata = self._read()
        return KeptOptimizers(kind, model, tensors, metadata.get("optimizers", "[]"), self._optimizers)

    def keep(self, local, optimizers):
        """After a training that succeeded."""
        if local or optimizers is not None:
            self._write(local, *(optimizers.states() if optimizers is not None else ({}, [])))

    def _write(self, local, states, optimizers):
        tensors = {"model/" + name: tensor for name, tensor in local.items()}
        metadata = {"optimizers": json.dumps(optimizers)} if optimizers else None
        files.write(self._path, {**tensors, **states}, metadata, durable=True)

    def _read(self):
        if not os.path.exists(self._path):
            return {}, {}
        try:
            return files.open_file(self._path)
        except (StageError, KeyError, TypeError, ValueError) as error:
            raise StageError(
                "what this node keeps of the model is damaged ({}); remove {} to let its own layers start from the "
                "model stage".format(error, self._path)
            ) from None

    def _tell(self, text):
        if text not in self._told:
            self._told.add(text)
            print("fedops: " + text, file=sys.stderr)
