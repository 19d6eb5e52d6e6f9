"""What a teacher's job came to, or would ask, on the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.data.teach.dry_run import Rehearsal
from hackmentor.data.teach.run_job import Account
from hackmentor.runtime.terminal import inert


def show_account(account: Account, folder: Path, file: str) -> None:
    """Prints results, questions that came to nothing by reason, tokens and cost."""
    table = Table(title=f"{account.job} by {inert(account.model)}: {folder / file}", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    table.add_row("results", str(account.results), style="bold")
    table.add_row("questions answered", str(account.questions - sum(map(len, account.faults.values()))))
    for reason, ids in sorted(account.faults.items()):
        table.add_row(Text(f"came to nothing, {inert(reason)}"), str(len(ids)), style="dim")
    table.add_row("put right on asking again", str(account.repaired))
    table.add_row("requests", str(account.requests))
    table.add_row("tokens asked, answered", f"{account.prompt_tokens}, {account.completion_tokens}")
    table.add_row("cost", _dollars(account.cost))
    Console().print(table)


def show_rehearsal(rehearsal: Rehearsal) -> None:
    """Prints the first questions in full, and the estimate."""
    console = Console()
    for ask in rehearsal.first:
        console.rule(Text(inert(ask.id)), align="left")
        for message in ask.messages:
            console.print(Text(f"[{message['role']}]", style="bold"))
            console.print(Text(inert(message["content"])), soft_wrap=True)
    console.rule("estimate; nothing was sent", align="left")
    table = Table(show_header=False)
    table.add_row("questions", str(rehearsal.questions))
    table.add_row("of the first ones, refused as too large", str(rehearsal.refused))
    table.add_row("tokens asked, about", str(rehearsal.prompt_tokens))
    table.add_row("tokens answered, at most", str(rehearsal.completion_tokens))
    table.add_row("cost, at most about", _dollars(rehearsal.cost))
    if rehearsal.minutes is not None:
        table.add_row("minutes at these rate limits, at least", f"{rehearsal.minutes:.1f}")
    console.print(table)


def _dollars(cost: float | None) -> str:
    return "not known: set teacher.input_price and output_price" if cost is None else f"${cost:.2f}"
