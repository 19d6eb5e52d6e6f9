"""Whether the files of a cell's adapter are those that training saved, by the hashes in its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json_object
from hackmentor.runtime.hashing import compute_file_sha256

# Readable by everyone, decisive for what a cell says, and small.
_HASHED_NAMES = ("adapter_config.json", "chat_template.jinja", "tokenizer.json", "tokenizer_config.json", "config.json")


def hash_adapter_files(adapter: Path) -> dict[str, str]:
    """The SHA-256 of each file beside the weights that decides what the cell says, by its name."""
    return {name: compute_file_sha256(adapter / name) for name in _HASHED_NAMES if (adapter / name).is_file()}


def refuse_altered_files(adapter: Path) -> None:
    """Refuses an adapter of which a file beside the weights is another one than training saved.

    Without a card, or with one of 0.1.0, nothing is known of them, and all pass.

    Raises:
        UserError: naming the file.
    """
    saved = read_adapter_card(adapter).get("files") or {}
    if not isinstance(saved, dict):
        raise UserError(f"{adapter.parent / 'card.json'}: adapter.files is no object; restore it")
    found = hash_adapter_files(adapter)
    for name, sha256 in saved.items():
        if found.get(name) != sha256:
            raise UserError(
                f"{adapter / name} is not the file that training saved (sha256 {str(sha256)[:12]} in card.json): "
                "changed or replaced. Restore the folder, or train the cell again"
            )


def read_adapter_card(adapter: Path) -> dict[str, Any]:
    """What the card beside an adapter says of it; empty without a card."""
    card = read_json_object(adapter.parent / "card.json")
    facts = card.get("adapter") if card else None
    return facts if isinstance(facts, dict) else {}
