"""A Llama model as a GGUF file: tensors and hyperparameters.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; layout of Llama tensors as llama.cpp's converter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind
from numpy.typing import NDArray
from transformers import PreTrainedModel

from hackmentor.config.schema import GgufType
from hackmentor.export.gguf_tokenizer import Vocabulary
from hackmentor.runtime.errors import UserError

ARCHITECTURE = "llama"
_KINDS: Mapping[str, Kind] = {"f32": Kind.F32, "f16": Kind.F16, "bf16": Kind.BF16, "q8_0": Kind.Q8_0}
_FILE_TYPES = {
    "f32": gguf.LlamaFileType.ALL_F32,
    "f16": gguf.LlamaFileType.MOSTLY_F16,
    "bf16": gguf.LlamaFileType.MOSTLY_BF16,
    "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
}


def write_gguf(
    model: PreTrainedModel, vocabulary: Vocabulary, file: Path, *, precision: GgufType, facts: Mapping[str, str]
) -> None:
    """Writes a model of the Llama family.

    Args:
        model: in 32 bit on the processor.
        vocabulary: its tokens and chat template.
        file: to be written.
        precision: of the matrices; vectors are in 32 bit.
        facts: name, license and such, for the `general.` keys.

    Raises:
        UserError: if the width of a matrix is no multiple of 32 and precision is q8_0.
    """
    writer = gguf.GGUFWriter(file, ARCHITECTURE)
    writer.add_type(gguf.GGUFType.MODEL)
    for key, value in facts.items():
        writer.add_string(f"general.{key}", value)
    writer.add_file_type(_FILE_TYPES[precision])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    _add_hyperparameters(writer, model.config)
    vocabulary.add_to(writer, size=model.config.vocab_size)
    for name, tensor in _tensors(model):
        kind = Kind.F32 if tensor.ndim == 1 else _KINDS[precision]
        writer.add_tensor(name, _quantised(name, tensor, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_hyperparameters(writer: gguf.GGUFWriter, config: Any) -> None:  # noqa: ANN401 - a config of transformers
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(head)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])


def _tensors(model: PreTrainedModel) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Each tensor by its GGUF name, queries and keys in GGUF's order of rows."""
    config = model.config
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        array = tensor.detach().to(torch.float32).numpy()
        if name.endswith("q_proj.weight"):
            array = _interleaved(array, config.num_attention_heads)
        elif name.endswith("k_proj.weight"):
            array = _interleaved(array, config.num_key_value_heads)
        yield names.get_name(name, try_suffixes=(".weight",)), array


def _interleaved(weights: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows in the order in which ggml rotates: (0, 1) (2, 3), where transformers has (0, half) (1, half + 1)."""
    rows, columns = weights.shape
    return weights.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _quantised(name: str, tensor: NDArray[np.float32], kind: Kind) -> NDArray[Any]:
    if kind == Kind.Q8_0 and tensor.shape[-1] % 32:
        raise UserError(f"format.dtype=q8_0: {name} is {tensor.shape[-1]} wide, no multiple of 32; use f16")
    return np.ascontiguousarray(gguf.quantize(tensor, kind))
