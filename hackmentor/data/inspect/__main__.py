"""hackmentor data inspect: show records as the model will see them, and what a cutoff does to the whole data set."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from hackmentor.config.command import run_command
from hackmentor.config.compose import Request, compose_grid, opened
from hackmentor.config.schema import Config
from hackmentor.data.inspect.record_view import console, show_legend, show_record
from hackmentor.data.inspect.selection import choose, fate, figures_of, refuse_unknown, token_counts
from hackmentor.data.inspect.stats_tables import show_figures, show_title
from hackmentor.data.inspect.token_spans import cut, pieces
from hackmentor.model.base import base_folder, base_template
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import Overlength, encode_record
from hackmentor.records.dataset_folder import data_folder
from hackmentor.records.record import Record, read_records
from hackmentor.records.sample import even_sample
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("data inspect", argv, inspect)


def inspect(request: Request) -> int:
    """Shows each data set of the request once for each base that reads it; inspect.output keeps the figures."""
    with opened(request) as hydra:
        cells = compose_grid(hydra, request).cells
    configs = list({_decides(cell.config): cell.config for cell in cells}.values())
    output = configs[0].inspect.output
    if output is not None and Path(output).is_dir():
        raise UserError(f"inspect.output={output} is a folder; name a file")
    for config in configs:
        base_folder(config)
        data_folder(config).sha256()
    views = [(config, _records(config)) for config in configs]
    refuse_unknown(configs[0].inspect.ids, {_file(config): records for config, records in views})
    out = console()
    looked = [_look(config, records, out) for config, records in views]
    if output is not None:
        write_json(Path(output), {"inspected": looked})
        out.print(f"the figures as JSON: {output}")
    return 0


def _decides(config: Config) -> tuple[object, ...]:
    """All that decides what is shown: cells that share it are shown once."""
    train = config.train
    limits = train.cutoff, train.overlength, train.max_records, config.seed
    return config.untuned, config.base.model_dump_json(), data_folder(config), *limits


def _look(config: Config, records: list[Record], out: Console) -> dict[str, Any]:
    """Shows one data set as one base reads it, and returns its figures."""
    wanted, described = config.inspect, _described(config)
    chosen = choose(records, ids=wanted.ids, most=wanted.records, seed=config.seed)
    template, cutoff = base_template(config, config.data.shape), config.train.cutoff
    show_title(out, described, _file(config), len(records))
    if chosen:
        show_legend(out)
    for record in chosen:
        _show(record, template, config, out)
    figures = figures_of(_counting(records), template, cutoff=cutoff)
    show_figures(out, figures, cutoff=cutoff)
    return described | asdict(figures)


def _file(config: Config) -> Path:
    folder = data_folder(config)
    return folder.train if config.inspect.side == "train" else folder.held_out


def _records(config: Config) -> list[Record]:
    """The records that training sees, or all held-out ones."""
    records = read_records(_file(config))
    return records if config.inspect.side == "eval" else even_sample(records, config.train.max_records, config.seed)


def _counting(records: list[Record]) -> Iterable[Record]:
    progress = Console(stderr=True)
    return track(records, "counting tokens", console=progress, transient=True, disable=not progress.is_terminal)


def _described(config: Config) -> dict[str, Any]:
    return {
        "base": config.untuned,
        "data": config.data.name,
        "side": config.inspect.side,
        "sha256": data_folder(config).sha256()[f"{config.inspect.side}.jsonl"],
        "template": config.base.templates[config.data.shape],
        "max_records": config.train.max_records if config.inspect.side == "train" else None,
        "seed": config.seed,
        "cutoff": config.train.cutoff,
        "overlength": _overlength(config),
    }


def _overlength(config: Config) -> Overlength:
    # Training cuts held-out records and never drops one.
    return config.train.overlength if config.inspect.side == "train" else "truncate"


def _show(record: Record, template: ChatTemplate, config: Config, out: Console) -> None:
    whole, cutoff = encode_record(record, template), config.train.cutoff
    made = fate(record, whole, template, cutoff=cutoff, overlength=_overlength(config))
    found = [pieces(one, template.tokenizer, template.control_ids, cutoff) for one in made.examples]
    split = made.examples != [whole]
    show_record(
        out,
        record,
        list(zip(made.cuts, found, strict=True)) if split else cut(found[0], "".join(made.cuts)),
        facts={"tokens": token_counts(whole, cutoff)},
        borders=config.inspect.tokens,
    )


if __name__ == "__main__":
    sys.exit(main())
