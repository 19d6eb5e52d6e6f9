"""A grid as tables: before it runs what is to be done with each cell, afterwards what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.cell.folder import CellFolder
from hackmentor.cell.state import State, progress_of
from hackmentor.config.compose import Impossible
from hackmentor.grid.schedule import Planned
from hackmentor.runtime.terminal import inert, shortened

_STYLES = {"run": "cyan", "wait": "cyan", "done": "green", "failed": "red", "skip": "dim", "skipped": "dim"}
_LONGEST, _WIDE = 300, 200


class GridFailedError(Exception):
    """At least one cell of a grid failed; the report has been shown."""


@dataclass(frozen=True)
class Outcome:
    """A cell after a sweep. `loss` is its held-out loss in nats a token if it is done, `why` says why if it is not."""

    name: str
    folder: CellFolder
    state: State
    loss: float | None
    why: str


def outcome(cell: Planned, failures: Mapping[str, Exception]) -> Outcome:
    """What became of a cell, from its folder; a failure of its launch says more where the folder tells nothing."""
    progress, failure = progress_of(cell.folder), failures.get(cell.name)
    if progress.state == "done":
        return Outcome(cell.name, cell.folder, "done", cell.folder.loss(), "")
    return Outcome(cell.name, cell.folder, progress.state, None, progress.why or str(failure or cell.why))


def show_plan(planned: Sequence[Planned], impossible: Sequence[Impossible]) -> None:
    """One line for each cell, in the order in which they run, and what is skipped with the reason."""
    table = _table("plan", "cell", "what", "")
    for cell in planned:
        table.add_row(cell.name, _styled(cell.action), _line(cell.why))
    for one in impossible:
        table.add_row(one.config.name, _styled("skip"), _line(one.why))
    console = _console()
    console.print(table)
    counts = Counter(cell.action for cell in planned)
    told = [f"{counts['run']} to train", f"{counts['done']} done"]
    told += [f"{counts['wait']} trained by others"] if counts["wait"] else []
    told += [f"{counts['leave']} left as they failed"] if counts["leave"] else []
    told += [f"{len(impossible)} impossible"] if impossible else []
    console.print(f"{len(planned) + len(impossible)} cells: {', '.join(told)}")


def show_outcomes(outcomes: Sequence[Outcome], impossible: Sequence[Impossible]) -> None:
    """One line for each cell, then why each that is not done is not, and where its log is."""
    table = _table("cells", "cell", "state", "held-out loss", "where, or why not")
    for one in outcomes:
        loss = "" if one.loss is None else f"{one.loss:.4f}"
        table.add_row(one.name, _styled(one.state), loss, str(one.folder.path))
    for pair in impossible:
        table.add_row(pair.config.name, _styled("skipped"), "", _line(pair.why))
    console = _console()
    console.print(table)
    for line in _reasons(outcomes):
        console.print(line, soft_wrap=True)
    counts = Counter(one.state for one in outcomes) + Counter(skipped=len(impossible))
    console.print(", ".join(f"{count} {state}" for state, count in counts.items()))


def _reasons(outcomes: Sequence[Outcome]) -> Iterable[Text]:
    for one in outcomes:
        if one.state != "done":
            log = f"\n  log: {one.folder.log}" if one.folder.log.is_file() else ""
            yield Text(f"{one.name}: {one.state}: ", style="red").append(f"{_line(one.why)}{log}", style="default")


def _console() -> Console:
    """Standard output; wide where it is no terminal, which tells no width."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


def _line(text: str) -> Text:
    return Text(shortened(inert(text), _LONGEST))


def _styled(state: str) -> Text:
    return Text(state, style=_STYLES.get(state, "yellow"))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(name, overflow="fold", justify="right" if name == "held-out loss" else "left")
    return table
