"""The text of a chat template, by its name: one that we ship, one of the user's, or the base's own."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import read_json_object
from hackmentor.runtime.paths import TEMPLATES_FOLDER

# The name of the template that comes with the base.
OWN = "own"


def list_templates() -> list[str]:
    """The names of all templates that we ship."""
    return sorted(file.stem for file in TEMPLATES_FOLDER.glob("*.jinja"))


def read_template(name: str, user_folder: Path | None = None) -> str:
    """The text of NAME.jinja, from the user's folder or else of those that we ship.

    Raises:
        UserError: if there is no template of that name, with those that there are, or if it leads elsewhere.
    """
    if Path(name).name != name:
        raise UserError(f"base.templates: {name!r} leads out of the folders of templates; name a file in templates/")
    folders = [TEMPLATES_FOLDER] if user_folder is None else [user_folder, TEMPLATES_FOLDER]
    for folder in folders:
        if (file := folder / f"{name}.jinja").is_file():
            return file.read_text(encoding="utf-8")
    known = sorted({OWN, *(file.stem for folder in folders for file in folder.glob("*.jinja"))})
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"
    place = "templates/ in --config-dir" if user_folder is None else str(user_folder)
    raise UserError(f"base.templates: there is no template {name!r}; {hint} One of your own goes into {place}")


def read_own_template(folder: Path, name: str) -> str:
    """The text of the chat template in a model folder, where transformers looks for it.

    Args:
        folder: of the base.
        name: of the base, for the message.

    Raises:
        UserError: if there is none, or several and none of them is the default, with what can be chosen instead.
    """
    if (file := folder / "chat_template.jinja").is_file():
        return file.read_text(encoding="utf-8")
    for file in (folder / "tokenizer_config.json", folder / "chat_template.json"):
        found = pick_default_template((read_json_object(file) or {}).get("chat_template"))
        if found:
            return found
    shipped = ", ".join(list_templates())
    raise UserError(
        f"{name} has no chat template of its own: {folder} has no chat_template.jinja, and its tokenizer_config.json "
        "names none. A model that was never tuned to talk has none. Choose the one to train it with, for instance "
        f"base.templates.iio=alpaca base.templates.turn=chatml; there are: {shipped}; your own is "
        "templates/NAME.jinja in --config-dir"
    )


def pick_default_template(stated: Any) -> str | None:  # noqa: ANN401 - of JSON
    """The template that a folder or tokenizer names: the only one, or of several with names the default one."""
    if isinstance(stated, str):
        return stated
    if isinstance(stated, list):
        stated = {entry.get("name"): entry.get("template") for entry in stated if isinstance(entry, Mapping)}
    default = stated.get("default") if isinstance(stated, Mapping) else None
    return default if isinstance(default, str) else None
