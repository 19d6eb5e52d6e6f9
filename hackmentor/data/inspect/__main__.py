"""hackmentor data inspect: show records as the model will see them, and what a cutoff does to the whole dataset."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import Config
from hackmentor.data.inspect.cutoff_outcome import format_token_counts, predict_cutoff_outcome
from hackmentor.data.inspect.record_view import make_console, print_legend, print_record
from hackmentor.data.inspect.selection import check_record_ids, compute_length_stats, select_records
from hackmentor.data.inspect.stats_tables import print_length_stats, print_title
from hackmentor.data.inspect.token_spans import decode_spans, split_at_cutoff
from hackmentor.model.base import find_base_folder, load_base_template
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.encode import OverlengthPolicy, encode_record, split_into_turns
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.records.record import Record, read_records
from hackmentor.records.sample import sample_evenly
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json


def main(argv: Sequence[str] | None = None) -> int:
    """The command's entry."""
    return run_command("data inspect", argv, inspect)


def inspect(request: CommandRequest) -> int:
    """Shows each dataset of the request once for each base that reads it; inspect.output stores the statistics."""
    with hydra_initialized(request) as hydra:
        cells = compose_grid(hydra, request).cells
    configs = list({_make_view_key(cell.config): cell.config for cell in cells}.values())
    output = configs[0].inspect.output
    if output is not None and Path(output).is_dir():
        raise UserError(f"inspect.output={output} is a folder; name a file")
    for config in configs:
        find_base_folder(config)
        locate_dataset(config).read_hashes()
    selections = [(config, _read_records(config)) for config in configs]
    check_record_ids(configs[0].inspect.ids, {_get_records_file(config): records for config, records in selections})
    out = make_console()
    inspected = [_inspect_dataset(config, records, out) for config, records in selections]
    if output is not None:
        write_json(Path(output), {"inspected": inspected})
        out.print(f"the figures as JSON: {output}")
    return 0


def _make_view_key(config: Config) -> tuple[object, ...]:
    """Everything that determines what is shown: cells with the same key are shown once."""
    train = config.train
    limits = train.cutoff, train.overlength, train.max_records, config.sampling_seed
    return config.untuned, config.base.model_dump_json(), locate_dataset(config), *limits


def _inspect_dataset(config: Config, records: list[Record], console: Console) -> dict[str, Any]:
    """Prints one dataset as one base reads it, and returns its statistics."""
    options, description = config.inspect, _describe_dataset(config)
    chosen = select_records(records, ids=options.ids, max_records=options.records, seed=config.sampling_seed)
    template, cutoff = load_base_template(config, config.data.shape), config.train.cutoff
    print_title(console, description, _get_records_file(config), len(records))
    if chosen:
        print_legend(console)
    for record in chosen:
        for turn in split_into_turns(record, template):
            _print_record(turn, template, config, console)
    stats = compute_length_stats(_track_progress(records), template, cutoff=cutoff)
    print_length_stats(console, stats, cutoff=cutoff)
    return description | asdict(stats)


def _get_records_file(config: Config) -> Path:
    folder = locate_dataset(config)
    return folder.train if config.inspect.side == "train" else folder.held_out


def _read_records(config: Config) -> list[Record]:
    """The records that training sees, or all held-out ones."""
    records = read_records(_get_records_file(config))
    return (
        records
        if config.inspect.side == "eval"
        else sample_evenly(records, config.train.max_records, config.sampling_seed)
    )


def _track_progress(records: list[Record]) -> Iterable[Record]:
    progress = Console(stderr=True)
    return track(records, "counting tokens", console=progress, transient=True, disable=not progress.is_terminal)


def _describe_dataset(config: Config) -> dict[str, Any]:
    return {
        "base": config.untuned,
        "data": config.data.name,
        "side": config.inspect.side,
        "sha256": locate_dataset(config).read_hashes()[f"{config.inspect.side}.jsonl"],
        "template": config.base.templates[config.data.shape],
        "max_records": config.train.max_records if config.inspect.side == "train" else None,
        "seed": config.sampling_seed,
        "cutoff": config.train.cutoff,
        "overlength": _get_overlength(config),
    }


def _get_overlength(config: Config) -> OverlengthPolicy:
    # Training cuts held-out records and never drops one.
    return config.train.overlength if config.inspect.side == "train" else "truncate"


def _print_record(record: Record, template: ChatTemplate, config: Config, console: Console) -> None:
    whole, cutoff = encode_record(record, template), config.train.cutoff
    outcome = predict_cutoff_outcome(record, whole, template, cutoff=cutoff, overlength=_get_overlength(config))
    spans = [
        decode_spans(example, template.tokenizer, template.control_token_ids, cutoff) for example in outcome.examples
    ]
    split = outcome.examples != [whole]
    print_record(
        console,
        record,
        list(zip(outcome.cuts, spans, strict=True)) if split else split_at_cutoff(spans[0], "".join(outcome.cuts)),
        details={"tokens": format_token_counts(whole, cutoff)},
        borders=config.inspect.tokens,
    )


if __name__ == "__main__":
    sys.exit(main())
