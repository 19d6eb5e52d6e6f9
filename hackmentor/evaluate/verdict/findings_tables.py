"""The findings: what tuning did to each cell, in the terminal and as rows."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from hackmentor.data.prose import join_items
from hackmentor.evaluate.verdict.findings import Finding
from hackmentor.evaluate.verdict.paragraph import format_delta_with_ci, format_p_value
from hackmentor.evaluate.verdict.verdict import Verdict
from hackmentor.runtime.terminal import escape_control_characters

COLOURS = {"better": "green", "worse": "red", "not worse": "cyan", "none shown": "dim"}
COLUMNS = ("measure", "base", "tuned", "difference", "p", "items", "")
TESTS_NOTE = (
    "[95 % interval]; p from a sign-flip test, of shares McNemar's exact test, Holm-adjusted over the cells; "
    "items of one catalogue entry, page or report count as one draw: 36 in 32 are 36 items in 32 such clusters"
)


def build_findings_tables(verdict: Verdict) -> Iterator[Table]:
    """A table for each configuration."""
    for cell in dict.fromkeys(finding.cell for finding in verdict.findings):
        own = [finding for finding in verdict.findings if finding.cell == cell]
        title = Text.assemble(
            "what tuning did: ", escape_control_characters(cell), " against ", escape_control_characters(own[0].base)
        )
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
        for column in COLUMNS:
            table.add_column(column, no_wrap=column == "difference")
        for finding in own:
            row = [_find_title(verdict, finding), *_format_cells(finding)]
            table.add_row(*map(Text, row), style=COLOURS[finding.outcome])
        yield table


def list_finding_rows(verdict: Verdict) -> Iterator[list[str]]:
    """The title of the measure, and one value for each further column."""
    for finding in verdict.findings:
        yield [_find_title(verdict, finding), *_format_cells(finding)]


def _find_title(verdict: Verdict, finding: Finding) -> str:
    return next(measure.title for measure in verdict.measures if measure.name == finding.measure)


def _format_cells(finding: Finding) -> tuple[str, ...]:
    p = format_p_value(finding.p).removeprefix("p = ").removeprefix("p ")
    return (
        f"{finding.base_value:.2f}",
        f"{finding.value:.2f}",
        format_delta_with_ci(finding),
        p,
        format_item_count(finding),
        format_outcome(finding),
    )


def format_outcome(finding: Finding) -> str:
    """The outcome in a table: `WORSE` is not to be overlooked, and a margin is told."""
    label: str = "WORSE" if finding.outcome == "worse" else finding.outcome
    if finding.outcome == "not worse":
        label = f"within ±{finding.margin:g}" if finding.within else f"not worse by {finding.margin:g}"
    return f"{label}, primary" if finding.role == "primary" else label


def describe_tests(verdict: Verdict) -> Iterator[str]:
    """How the p-values and outcomes of the findings came about."""
    yield TESTS_NOTE
    if margins := {finding.measure: finding.margin for finding in verdict.findings if finding.margin is not None}:
        told = join_items([f"{margin:g} ({measure})" for measure, margin in margins.items()])
        yield f"not worse: by less than the margin that was stated before, at 5 %; margins: {told}"
    if several := {name: cells for name, cells in verdict.configurations.items() if len(cells) > 1}:
        told = join_items([f"{name} ({len(cells)} seeds)" for name, cells in several.items()])
        yield f"over seeds and items: {told}; the intervals are for what another seed and other items would give"
    if verdict.primary:
        named = join_items(list(verdict.primary))
        yield f"primary, as declared before: {named}; p adjusted over them and the cells; all else is exploratory"
    else:
        yield "no measure is declared primary (evaluate.primary), so that p is not adjusted for the number of measures"


def format_item_count(finding: Finding) -> str:
    """How many items there are, and in how many clusters if they come in such: `36 in 32`."""
    clusters = finding.clusters
    return f"{finding.items} in {clusters}" if clusters is not None and clusters < finding.items else str(finding.items)
