"""Whether a tokenizer may be used: it comes with a base, an adapter or a cell, and may be anybody's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hackmentor.runtime.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# What honest tokenizers write is as long as what they read, but for a prefix and letters that Unicode takes apart.
_MAX_GROWTH, _MAX_INSERTED = 16.0, 256
_PARTS = ("normalizer", "pre_tokenizer", "post_processor", "decoder")
_PROBE = "A probe:\n  1 + 1"


def refuse_harmful_tokenizer(folder: Path, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuses a tokenizer that makes much text of little, or that can't encode and decode a line.

    Such a rule of tokenizer.json fills the memory with the first question, in a library that can't be interrupted.

    Raises:
        UserError: naming the folder and what is wrong.
    """
    for part in _PARTS:
        rules = list(_iterate_rules(_read_state(getattr(tokenizer.backend_tokenizer, part))))
        growth, inserted = 1.0, 0
        for rule in rules:
            growth *= max(1.0, _measure_growth(rule))
            inserted += _count_inserted(rule)
        if growth > _MAX_GROWTH or inserted > _MAX_INSERTED:
            raise UserError(
                f"{folder}: the {part} in its tokenizer.json makes much text of little, which would fill the memory; "
                "take the tokenizer of the base"
            )
    try:
        tokenizer.decode(tokenizer(_PROBE)["input_ids"])
    except Exception as error:  # what a setting of the wrong type leads to
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UserError(
            f"{folder}: its tokenizer can't encode a line ({reason}); correct tokenizer_config.json, or take the "
            "tokenizer of the base"
        ) from error


def _read_state(part: Any) -> Any:  # noqa: ANN401 - a class of tokenizers, and JSON
    return None if part is None else json.loads(part.__getstate__())


def _iterate_rules(state: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """All rules of a part, those in sequences too."""
    if isinstance(state, dict):
        if "type" in state:
            yield state
        for value in state.values():
            yield from _iterate_rules(value)
    elif isinstance(state, list):
        for value in state:
            yield from _iterate_rules(value)


def _measure_growth(rule: dict[str, Any]) -> float:
    """How many characters a replacement makes of one; a regular expression may match a single character, or none."""
    if rule["type"] != "Replace":
        return 1.0
    pattern = rule.get("pattern") or {}
    return len(rule.get("content") or "") / max(1, len(pattern.get("String") or ""))


def _count_inserted(rule: dict[str, Any]) -> int:
    """How many characters or tokens a rule adds once."""
    if rule["type"] == "TemplateProcessing":
        return len(rule.get("single") or ())
    return len(rule.get("prepend") or "") if rule["type"] == "Prepend" else 0
