"""A table of what a dataset contains and what was left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from hackmentor.records.dataset_card import DatasetCard
from hackmentor.runtime.terminal import escape_control_characters

MAX_AGE = timedelta(days=365)
# Words: of the shortest 5 %, half and 95 % of the answers; the rest are the fields of `TextStats`, in their order.
TEXT_COLUMNS = (
    "",
    "records",
    "input",
    "words",
    "verbatim",
    "repeated",
    "alike",
    "openings",
)


def print_card(card: DatasetCard, folder: Path, *, build_time: str) -> None:
    """Prints the counts of a dataset: kept by source, dropped by reason. An empty `build_time`: it existed already."""
    table = Table(title=f"{card.name}: {folder}{'' if build_time else ' (already there)'}", title_justify="left")
    for column in ("", "train", "eval"):
        table.add_column(column, justify="left" if not column else "right")
    for source in sorted({*card.sources, *card.train.by_source, *card.eval.by_source}, key=_make_source_sort_key(card)):
        # The version of a user's own documents is a digest, which says nothing to a reader.
        version = "" if source.startswith("documents:") else card.upstream_versions.get(source, "")
        table.add_row(
            escape_control_characters(f"{source} ({version})" if version else source),
            str(card.train.by_source.get(source, 0)),
            str(card.eval.by_source.get(source, 0)),
        )
    table.add_row("records", str(card.train.total), str(card.eval.total), style="bold")
    table.add_row("words", str(card.train.words), str(card.eval.words))
    kinds = "task kinds" if card.shape == "iio" else "dialogue templates"
    table.add_row(kinds, str(len(card.train.by_task)), str(len(card.eval.by_task)))
    table.add_row(
        f"most common opening: {escape_control_characters(card.opening.words)!r}",
        f"{card.opening.share:.1%}",
        "of both",
    )
    for task, count in card.copies.items():
        table.add_row(f"copies of {escape_control_characters(task)}", str(count), "", style="dim")
    for name, share in card.shares.items():
        table.add_row(f"{name}, copies included", f"{share:.1%}", "")
    for outcome, counted in (("left out", card.dropped), ("masked", card.masked), ("repaired", card.repaired)):
        for reason, item in counted.items():
            table.add_row(f"{outcome}, {escape_control_characters(reason)}", str(item.count), "", style="dim")
    for key, count in card.unread.items():
        table.add_row(f"not read, {escape_control_characters(key)}", str(count), "", style="dim")
    # Names and openings come from files: a bracket in them is text, not markup.
    console = Console(markup=False, emoji=False)
    console.print(table)
    if card.text:
        console.print(_make_text_table(card))
    for warning in list_age_warnings(card, date.today()):
        console.print(warning, soft_wrap=True, highlight=False)
    if build_time:
        console.print(f"built in {build_time}", soft_wrap=True, highlight=False)


def list_age_warnings(card: DatasetCard, today: date) -> list[str]:
    """One line for each source whose version was published more than a year before `today`."""
    return [
        f"{escape_control_characters(source)}: {card.upstream_versions[source]} is of {day}, more than a year old. "
        "A newer file by its path replaces it: data.sources"
        for source, day in card.released.items()
        if date.fromisoformat(day) < today - MAX_AGE
    ]


def _make_text_table(card: DatasetCard) -> Table:
    """What a curator looks at, of the answers: of all, by source and by task."""
    table = Table(title="answers, code aside", title_justify="left", padding=0, box=box.SIMPLE)
    for column in TEXT_COLUMNS:
        table.add_column(column, justify="right" if column else "left", no_wrap=not column)
    for name, stats in card.text.items():
        kind, _, rest = name.partition(" ")
        table.add_row(
            escape_control_characters(rest if kind == "task" else name),
            str(stats.records),
            f"{stats.with_input:.0%}",
            f"{stats.words_p5}/{stats.words_median}/{stats.words_p95}",
            f"{stats.catalogue_share:.1%}",
            f"{stats.repeated_sentences:.1%}",
            f"{stats.self_bleu:.2f}",
            f"{stats.top_openings:.0%}",
            style="bold" if name == "all" else "dim" if name.startswith("task ") else None,
        )
    return table


def _make_source_sort_key(card: DatasetCard) -> Callable[[str], tuple[int, str]]:
    """Sources in the order of the card, followed by sources that imported records name themselves."""
    return lambda source: (card.sources.index(source) if source in card.sources else len(card.sources), source)
