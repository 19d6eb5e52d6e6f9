"""What can be written to GGUF here, and the way out where it can't. Needs no torch or transformers.

llama.cpp's own converter, convert_hf_to_gguf.py, knows many more families. It is a script of its repository and in no
package that its authors publish: `gguf` on PyPI has the format alone, and what others publish brings a `gguf` of its
own, which would replace that one. So it is named, with the command, and not run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The pre-tokenizer pattern of Llama 3, from its tokenizer.json.
_LLAMA3_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def find_model_obstacle(config: Mapping[str, Any]) -> str | None:
    """Why a model with this config.json can't be written to GGUF here, as what it has or is; None if it can."""
    kind = config.get("model_type")
    if kind != "llama":
        return f"it is of the family {kind}, and only llama is written to GGUF here"
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    rope_type = rope.get("rope_type", rope.get("type", "default"))
    unsupported = [key for key in ("attention_bias", "mlp_bias") if config.get(key)]
    if rope_type != "default":
        unsupported.append(f"rope_type={rope_type}")
    return f"it has {', '.join(unsupported)}, which is not written to GGUF here" if unsupported else None


def find_tokenizer_obstacle(content: Mapping[str, Any]) -> str | None:
    """Why a tokenizer can't be written to GGUF here; None if it can. `content` is that of tokenizer.json."""
    model = content["model"]
    if model["type"] != "BPE":
        return f"its tokenizer is {model['type']}, and only BPE is written to GGUF here"
    if not model.get("byte_fallback") and identify_pre_tokenizer(content["pre_tokenizer"]) is None:
        return "its pre-tokenizer is none of those whose llama.cpp name is known here"
    return None


def identify_pre_tokenizer(pre_tokenizer: Any) -> str | None:  # noqa: ANN401 - JSON of the tokenizers library
    """llama.cpp's name of a pre-tokenizer, identified by what it does, not by its name; None if it is none of ours."""
    steps = pre_tokenizer.get("pretokenizers", [pre_tokenizer]) if pre_tokenizer else []
    match [(step["type"], step.get("pattern", {}).get("Regex"), step.get("individual_digits")) for step in steps]:
        case [("ByteLevel", None, None)] if steps[0].get("use_regex"):
            return "gpt-2"
        case [("Digits", None, True), ("ByteLevel", None, None)] if steps[1].get("use_regex"):
            return "smollm"
        case [("Split", pattern, None), ("ByteLevel", None, None)] if pattern == _LLAMA3_PATTERN:
            return "llama-bpe"
    return None


def suggest_converter(cell: str, merged: str, precision: str) -> str:
    """The two commands that make the file with llama.cpp's converter.

    Args:
        cell: its name.
        merged: the folder of its merged export.
        precision: of the file.
    """
    file = f"{cell}-{precision}.gguf"
    return (
        f"llama.cpp's own converter may know it: hackmentor export {cell} format=merged format.dtype=bf16, and in a "
        f"clone of llama.cpp python convert_hf_to_gguf.py {merged} --outtype {precision} --outfile {file}"
    )
