"""The shape of any base, measured on the model that transformers builds of its config.json, without weights.

Which matrices there are, how often, and which of them `all-linear` means is what the model says; so is the number of
all parameters. Only how many of its experts compute for a token is read from the config, which no tensor says.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hackmentor.model.geometry import ALL_LINEAR, Geometry, Matrix
from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# What a config calls the number of experts that compute for a token.
_ACTIVE_EXPERTS = ("num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_k", "top_k_experts")
_LAYER_NUMBER = re.compile(r"\.\d+(?=\.|$)")


def measure_geometry(content: Mapping[str, Any], where: str) -> Geometry:
    """The geometry of a config.json; `where` it is, for the message.

    Raises:
        UserError: if transformers can't build a causal language model of it.
    """
    kind = str(content.get("model_type"))
    kept = {key: value for key, value in content.items() if key not in ("quantization_config", "auto_map")}
    try:
        model = _build_on_meta(kept)
    except Exception as error:  # of a config that it does not know, transformers raises nearly anything
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        raise UserError(
            f"{where}: transformers can't build a model of model_type={kind}, to count its parameters: {reason}"
        ) from error
    return _measure(model)


def _build_on_meta(content: Mapping[str, Any]) -> PreTrainedModel:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    with TemporaryDirectory() as folder:
        # As a file: its numbers may be infinite, which only the reader of files decodes.
        (Path(folder) / "config.json").write_text(json.dumps(dict(content)), encoding="utf-8")
        config = AutoConfig.from_pretrained(folder)
    with torch.device("meta"):
        model: PreTrainedModel = AutoModelForCausalLM.from_config(config)
    return model


def _measure(model: PreTrainedModel) -> Geometry:
    text = model.config.get_text_config()
    matrices = _list_matrices(model, _get_active_experts(text))
    heads = int(getattr(text, "num_attention_heads", None) or 1)
    hidden = int(text.hidden_size)
    head_dim = int(getattr(text, "qk_head_dim", None) or getattr(text, "head_dim", None) or hidden // heads)
    head = model.get_output_embeddings()
    embedding = model.get_input_embeddings()
    return Geometry(
        layers=int(text.num_hidden_layers),
        hidden=hidden,
        intermediate=_get_intermediate(text, hidden),
        heads=heads,
        kv_heads=int(getattr(text, "num_key_value_heads", None) or heads),
        head_dim=head_dim,
        vocab=int(text.vocab_size),
        tied=head is not None and head.weight is embedding.weight,
        matrices=matrices,
        other=model.num_parameters() - sum(matrix.parameters for matrix in matrices),
    )


def _list_matrices(model: PreTrainedModel, active_experts: int | None) -> tuple[Matrix, ...]:
    import torch
    from transformers.pytorch_utils import Conv1D

    from hackmentor.model.lora_targets import list_adapted_layers

    adapted, text, head = list_adapted_layers(model, ALL_LINEAR), _find_text_names(model), model.get_output_embeddings()
    found: Counter[Matrix] = Counter()
    for name, module in model.named_modules():
        path = "." + ".".join(_LAYER_NUMBER.sub("", name).split(".")[-2:])
        if isinstance(module, torch.nn.Linear | Conv1D) and module is not head:
            rows, columns = module.weight.shape
            ins, outs = (rows, columns) if isinstance(module, Conv1D) else (columns, rows)
            computed = None if name.startswith(text) else 0.0
            found[Matrix(path, ins, outs, 1, computed, adapted=name in adapted)] += 1
        for tensor_name, tensor in module.named_parameters(recurse=False):
            is_convolution = isinstance(module, torch.nn.modules.conv._ConvNd)
            if tensor.dim() == 3 and name.startswith(text) and min(tensor.shape) > 1 and not is_convolution:
                count, ins, outs = tensor.shape
                active = float(min(active_experts or count, count))
                matrix = Matrix(f".{path.rpartition('.')[2]}.{tensor_name}", ins, outs, count, active, experts=True)
                found[matrix] += 1
    return tuple(
        Matrix(
            matrix.path, matrix.ins, matrix.outs, matrix.count * times,
            None if matrix.active is None else matrix.active * times, matrix.experts, matrix.adapted,
        )
        for matrix, times in found.items()
    )  # fmt: skip


def _find_text_names(model: PreTrainedModel) -> str:
    """What the full names of a multimodal model's language model begin with; empty for one that is all text."""
    from hackmentor.model.lora_targets import find_text_model

    name = find_text_model(model)
    return "" if name is None else f"{name}."


def _get_active_experts(text: Any) -> int | None:  # noqa: ANN401 - a transformers config
    return next((int(value) for key in _ACTIVE_EXPERTS if (value := getattr(text, key, None))), None)


def _get_intermediate(text: Any, hidden: int) -> int:  # noqa: ANN401 - a transformers config
    """The width of a token inside a layer's MLP: with experts, that of all that compute for it."""
    dense = int(getattr(text, "intermediate_size", None) or 4 * hidden)
    active = _get_active_experts(text)
    if active is None:
        return dense
    width = int(getattr(text, "moe_intermediate_size", None) or dense)
    shared = getattr(text, "shared_expert_intermediate_size", None) or getattr(text, "shared_intermediate_size", None)
    return active * width + int(shared or width * (getattr(text, "n_shared_experts", None) or 0))
