"""hackmentor rate: rate the models of a file of battles."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hackmentor.config.command import run_command
from hackmentor.config.compose import Request, compose_one, opened
from hackmentor.config.error_messages import nearest
from hackmentor.config.schema import Rate
from hackmentor.evaluate.ratings.ratings_summary import rate as rate_battles
from hackmentor.evaluate.ratings.read_battles import read_battles
from hackmentor.rate.ratings_table import show
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json
from hackmentor.runtime.terminal import inert


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("rate", argv, rate)


def rate(request: Request) -> int:
    """Reads the battles, rates their models, writes the output and shows it."""
    with opened(request) as hydra:
        settings = compose_one(hydra, request, Rate)
    source, output = Path(settings.battles), Path(settings.output)
    _refuse_output(output, source)
    battles = read_battles(source)
    if settings.reference is not None and settings.reference not in battles.models:
        hint = nearest(settings.reference, battles.models)
        raise UserError(inert(f"reference={settings.reference}: no battle has this model; {hint}"))
    summary = rate_battles(battles, reference=settings.reference, rounds=settings.rounds, seed=settings.seed)
    write_json(output, summary)
    show(summary, output)
    return 0


def _refuse_output(output: Path, source: Path) -> None:
    if output.is_dir():
        raise UserError(f"output={output}: is a folder; name a file in it")
    if output.exists() and output.resolve() == source.resolve():
        raise UserError(f"output={output}: would replace the battles; name another file")
    parent = next(folder for folder in output.absolute().parents if folder.exists())
    if not parent.is_dir():
        raise UserError(f"output={output}: {parent} is a file, not a folder")


if __name__ == "__main__":
    sys.exit(main())
