"""What a cell may say of its base: it may be a stranger's, and decides nothing that runs code or reads elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json_object


def check_foreign_base(
    folder: Path, base: Mapping[str, Any], *, trust_key: str | None = None, path_key: str | None = None
) -> None:
    """Checks the base section of the configuration that came with a cell.

    Args:
        folder: of the cell.
        base: the section.
        trust_key: the key by which the user can have the base's code run; None if the user has done so.
        path_key: the key by which the user can name the folder of the base; None if the user has done so.

    Raises:
        UserError: if it wants code of the base to be run; or if it names a folder, and the card does not say which
            weights the cell was trained on, so that they could not be compared.
    """
    if base.get("trust_remote_code") and trust_key is not None:
        raise UserError(
            f"{folder}: its base needs Python code that comes with it, and the cell can't decide that such code is "
            f"run. If you trust the base, type {trust_key}=true"
        )
    card = read_json_object(folder / "card.json")
    facts = card.get("base") if card else None
    names_weights = isinstance(facts, dict) and bool(facts.get("sha256"))
    if base.get("path") and path_key is not None and not names_weights:
        raise UserError(
            f"{folder}: it names the folder of its base, {base['path']}, but no card.json with the weights that belong "
            f"there. If it is the right one, type {path_key}={base['path']}"
        )
