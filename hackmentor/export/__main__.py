"""hackmentor export: a trained cell as adapter, merged safetensors, GGUF file or model of Ollama."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hackmentor.cell.find import FoundCell, find_cell, named
from hackmentor.config.command import run_command
from hackmentor.config.compose import Request, compose_one, opened
from hackmentor.config.schema import Export
from hackmentor.export import preflight
from hackmentor.export.export_record import is_there, made_of
from hackmentor.model.base import base_folder
from hackmentor.runtime.files import full_disk_in_words, new_folder, read_json
from hackmentor.runtime.lock import locked


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("export", argv, export)


def export(request: Request) -> int:
    """Makes the export, unless just that one is there, and sends it to the hub if asked."""
    name, overrides = named(request.overrides)
    words = [*overrides, f"cell={name}"] if name else overrides
    with opened(request) as hydra:
        settings = compose_one(hydra, replace(request, overrides=tuple(words)), Export)
    found = _with_paths(find_cell(settings.cell, Path(settings.paths.outputs)), settings)
    folder = _place(found, settings)
    wanted = made_of(found.folder, settings.format.model_dump(mode="json"))
    if settings.export.push is not None:
        preflight.refuse_no_token()
    if is_there(folder, wanted):
        print(f"{folder}: is there already, whole and the same")
    else:
        _refuse_impossible(found, settings, folder)
        with locked(folder.with_name(f".{folder.name}.lock"), "exported to", "name another with export.folder=FOLDER"):
            _make(found, settings, folder, wanted)
    if settings.export.push is not None:
        from hackmentor.export.push_to_hub import push

        print(f"sent to {push(folder, settings.export.push, private=settings.export.private, message=found.name)}")
    return 0


def _with_paths(found: FoundCell, settings: Export) -> FoundCell:
    """The cell with its base and data where this command says they are, if it does."""
    given = {key: path for key in ("models", "data") if (path := getattr(settings.paths, key)) is not None}
    paths = found.config.paths.model_copy(update={**given, "outputs": settings.paths.outputs})
    return FoundCell(found.folder, found.config.model_copy(update={"paths": paths}))


def _place(found: FoundCell, settings: Export) -> Path:
    if settings.export.folder is not None:
        return Path(settings.export.folder)
    precision = getattr(settings.format, "dtype", None)
    return found.folder.path / "export" / "-".join(filter(None, [settings.format.name, precision]))


def _refuse_impossible(found: FoundCell, settings: Export, folder: Path) -> None:
    """Raises UserError for all that can be known before torch is imported."""
    from hackmentor.export.formats import refuse_unfit

    base = base_folder(found.config)
    refuse_unfit(found.config, settings.format, read_json(base / "config.json"))
    in_base, in_adapter = preflight.weights_in(base), preflight.weights_in(found.folder.adapter)
    size = 4.0 * in_adapter
    if settings.format.name != "adapter":
        size = in_base * preflight.BYTES[settings.format.dtype]
    preflight.refuse_full_disk(folder, size)
    preflight.refuse_little_memory(in_base, copies=1 if settings.format.name == "adapter" else 3)


def _make(found: FoundCell, settings: Export, folder: Path, wanted: dict[str, Any]) -> None:
    from hackmentor.export.card_facts import about
    from hackmentor.export.export_record import write_record
    from hackmentor.export.formats import gguf_name, precision_of, source_of, writer_of
    from hackmentor.export.model_card import write_model_card
    from hackmentor.export.writers import Questions, make

    began, fmt, asked = time.monotonic(), settings.format, settings.export
    print(f"{found.name}: making {folder}", flush=True)
    with full_disk_in_words(f"the export in {folder}", "The cell is untouched"), new_folder(folder) as new:
        source = source_of(found)
        write, exact = writer_of(found, source, fmt)
        questions = Questions(asked.questions, asked.answer_tokens, asked.as_trained)
        made = make(source, new, write, questions, exact=exact)
        told, file = about(found.config, found.folder), gguf_name(found.name, fmt)
        write_model_card(new, told, fmt.name, precision=precision_of(fmt), file=file, comparisons=made)
        write_record(new, wanted, [one.to_json() for one in made], time.monotonic() - began)
    for one in made:
        print(f"against {one.against}: {one}")
    size = sum(entry.stat().st_size for entry in folder.iterdir())
    print(f"{folder}: {size / 1e6:,.1f} MB in {time.monotonic() - began:.0f} s, loaded back and compared")


if __name__ == "__main__":
    sys.exit(main())
