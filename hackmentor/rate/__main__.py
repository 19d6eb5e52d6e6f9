"""hackmentor rate: rate the models of a file of battles."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_settings, hydra_initialized
from hackmentor.config.error_messages import suggest_nearest
from hackmentor.config.schema import RateConfig
from hackmentor.evaluate.ratings.ratings_summary import compute_ratings
from hackmentor.evaluate.ratings.read_battles import read_battles
from hackmentor.rate.ratings_table import print_ratings
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json
from hackmentor.runtime.terminal import escape_control_characters


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return run_command("rate", argv, rate)


def rate(request: CommandRequest) -> int:
    """Reads the battles, rates their models, writes the ratings and prints them."""
    with hydra_initialized(request) as hydra:
        settings = compose_settings(hydra, request, RateConfig)
    battles_file, output = Path(settings.battles), Path(settings.output)
    _check_output(output, battles_file)
    battles = read_battles(battles_file)
    if settings.reference is not None and settings.reference not in battles.models:
        hint = suggest_nearest(settings.reference, battles.models)
        raise UserError(escape_control_characters(f"reference={settings.reference}: no battle has this model; {hint}"))
    summary = compute_ratings(battles, reference=settings.reference, rounds=settings.rounds, seed=settings.seed)
    write_json(output, summary)
    print_ratings(summary, output)
    return 0


def _check_output(output: Path, battles_file: Path) -> None:
    if output.is_dir():
        raise UserError(f"output={output}: is a folder; name a file in it")
    if output.exists() and output.resolve() == battles_file.resolve():
        raise UserError(f"output={output}: would replace the battles; name another file")
    parent = next(folder for folder in output.absolute().parents if folder.exists())
    if not parent.is_dir():
        raise UserError(f"output={output}: {parent} is a file, not a folder")


if __name__ == "__main__":
    sys.exit(main())
