"""Writes a Llama model as a GGUF file: tensors and hyperparameters.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; tensor layout as in llama.cpp's converter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType
from numpy.typing import NDArray
from transformers import PreTrainedModel

from hackmentor.config.schema import GgufType
from hackmentor.export.gguf_tokenizer import GgufTokenizer
from hackmentor.runtime.errors import UserError

ARCHITECTURE = "llama"
_TENSOR_TYPES: Mapping[str, GGMLQuantizationType] = {
    "f32": GGMLQuantizationType.F32,
    "f16": GGMLQuantizationType.F16,
    "bf16": GGMLQuantizationType.BF16,
    "q8_0": GGMLQuantizationType.Q8_0,
}
_FILE_TYPES = {
    "f32": gguf.LlamaFileType.ALL_F32,
    "f16": gguf.LlamaFileType.MOSTLY_F16,
    "bf16": gguf.LlamaFileType.MOSTLY_BF16,
    "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
}


def write_gguf(
    model: PreTrainedModel, tokenizer: GgufTokenizer, file: Path, *, precision: GgufType, metadata: Mapping[str, str]
) -> None:
    """Writes a model of the Llama family.

    Args:
        model: in float32 on the CPU.
        tokenizer: its tokens and chat template.
        file: path of the file to write.
        precision: of the matrices; vectors are float32.
        metadata: name, license and so on, for the `general.` keys.

    Raises:
        UserError: if precision is q8_0 and the width of a matrix is not a multiple of 32.
    """
    writer = gguf.GGUFWriter(file, ARCHITECTURE)
    writer.add_type(gguf.GGUFType.MODEL)
    for key, value in metadata.items():
        writer.add_string(f"general.{key}", value)
    writer.add_file_type(_FILE_TYPES[precision])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    _add_hyperparameters(writer, model.config)
    tokenizer.write_to(writer, vocab_size=model.config.vocab_size)
    for name, tensor in _iterate_tensors(model):
        tensor_type = GGMLQuantizationType.F32 if tensor.ndim == 1 else _TENSOR_TYPES[precision]
        writer.add_tensor(name, _quantise(name, tensor, tensor_type), raw_dtype=tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_hyperparameters(writer: gguf.GGUFWriter, config: Any) -> None:  # noqa: ANN401 - a transformers config
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(head_dim)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])


def _iterate_tensors(model: PreTrainedModel) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yields each tensor with its GGUF name; the rows of queries and keys are permuted to GGUF's order."""
    config = model.config
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        array = tensor.detach().to(torch.float32).numpy()
        if name.endswith("q_proj.weight"):
            array = _interleave_rotary_rows(array, config.num_attention_heads)
        elif name.endswith("k_proj.weight"):
            array = _interleave_rotary_rows(array, config.num_key_value_heads)
        yield names.get_name(name, try_suffixes=(".weight",)), array


def _interleave_rotary_rows(weights: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Permutes rows to ggml's rotary pairs (0, 1) (2, 3) from transformers' (0, half) (1, half + 1)."""
    rows, columns = weights.shape
    return weights.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _quantise(name: str, tensor: NDArray[np.float32], tensor_type: GGMLQuantizationType) -> NDArray[Any]:
    if tensor_type == GGMLQuantizationType.Q8_0 and tensor.shape[-1] % 32:
        raise UserError(f"format.dtype=q8_0: {name} is {tensor.shape[-1]} wide, not a multiple of 32; use f16")
    return np.ascontiguousarray(gguf.quantize(tensor, tensor_type))
