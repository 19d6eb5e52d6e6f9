"""hackmentor evaluate: compare the cells of a grid with each other and with their untuned bases."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from hackmentor.cell import base_folder, data_folder
from hackmentor.cli import run
from hackmentor.config.compose import Request, compose_grid, opened
from hackmentor.config.schema import Config
from hackmentor.data.records import Record, read_records
from hackmentor.data.sample import even_sample
from hackmentor.errors import UserError
from hackmentor.evaluate.answer import Answer, read_answers
from hackmentor.evaluate.contestants import Contestant, Field, figures_of, gather
from hackmentor.evaluate.report import compare, show, show_answers, written
from hackmentor.files import write_json


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run("evaluate", argv, evaluate)


def evaluate(request: Request) -> int:
    """Measures what has not been measured yet, compares, and writes outputs/{experiment}/comparison.json."""
    with opened(request) as hydra:
        configs = [cell.config for cell in compose_grid(hydra, request).cells]
    field = gather(configs)
    if not field.contestants:
        raise UserError(
            f"no cell of {configs[0].experiment} is trained yet; run `hackmentor train` with the same words"
        )
    _measure(field, configs)
    comparison = compare(field, seed=configs[0].seed)
    answers = _answers(field)
    show(comparison)
    show_answers(field.contestants, answers)
    comparison["answers"] = {name: [asdict(one) for one in said] for name, said in answers.items()}
    path = Path(configs[0].paths.outputs) / configs[0].experiment / "comparison.json"
    write_json(path, comparison)
    written(path)
    return 0


def _measure(field: Field, configs: Sequence[Config]) -> None:
    questions = {config.data.shape: _held_out(config) for config in configs}
    hashes = {config.data.shape: data_folder(config).sha256()["eval.jsonl"] for config in configs}
    data = {str(shape): sha256 for shape, sha256 in hashes.items()}
    todo: dict[tuple[Path, str], list[Contestant]] = {}
    for contestant in field.contestants:
        if (figures_of(contestant) or {}).get("made_from") != contestant.made_from(data):
            key = base_folder(contestant.config), contestant.config.quant.name
            todo.setdefault(key, []).append(contestant)
    if todo:
        from hackmentor.evaluate.measure import measure

        for contestants in todo.values():
            measure(contestants, questions, data)


def _held_out(config: Config) -> list[Record]:
    return even_sample(read_records(data_folder(config).held_out), config.evaluate.records, config.seed)


def _answers(field: Field) -> dict[str, list[Answer]]:
    return {contestant.name: read_answers(contestant.folder) for contestant in field.contestants}


if __name__ == "__main__":
    sys.exit(main())
