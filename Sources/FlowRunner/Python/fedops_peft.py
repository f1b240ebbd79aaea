"""Models of PEFT: their adapter alone, by PEFT's names. What was pretrained never travels: every node has it."""

import sys

from fedops_failures import StageError
from fedops_modules import Entries, module_of
from fedops_torch import TorchModels


def is_peft(value):
    peft = sys.modules.get("peft")
    return peft is not None and isinstance(value, peft.PeftModel)


class PeftModels(TorchModels):
    kind = "a model of PEFT"

    def entries(self, model):
        module = module_of(model)
        entries = Entries(module)
        # Embeddings go where `modules_to_save` has them: to find out by itself PEFT would ask its hub.
        adapter = sys.modules["peft"].get_peft_model_state_dict(
            module, state_dict=entries.state, adapter_name=adapter_of(module), save_embedding_layers=False
        )
        keys = {id(tensor): key for key, tensor in entries.state.items()}
        entries.tensors, entries.aliases, first = {}, {}, {}
        for name, tensor in adapter.items():
            if id(tensor) in first:
                entries.aliases[name] = first[id(tensor)]
            else:
                first[id(tensor)] = name
                entries.tensors[name] = tensor
        entries.keys = {name: keys.get(id(tensor), name) for name, tensor in entries.tensors.items()}
        entries.extra = []
        return entries

    def load(self, entries, made):
        sys.modules["peft"].set_peft_model_state_dict(entries.module, made, adapter_of(entries.module))


def adapter_of(module):
    active = module.active_adapter
    if not isinstance(active, str):
        raise StageError("the model has the adapters {} active: rounds train one".format(", ".join(active)))
    return active
