"""Prints the report of a teaching job, or its dry run."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.data.teach.dry_run import DryRunEstimate
from hackmentor.data.teach.run_job import JobReport
from hackmentor.runtime.terminal import escape_control_characters


def print_job_report(report: JobReport, folder: Path, result_file: str) -> None:
    """Prints results, failed requests by reason, tokens and cost."""
    table = Table(
        title=f"{report.job} by {escape_control_characters(report.model)}: {folder / result_file}", title_justify="left"
    )
    table.add_column("")
    table.add_column("", justify="right")
    table.add_row("results", str(report.results), style="bold")
    table.add_row("questions answered", str(report.questions - sum(map(len, report.faults.values()))))
    for reason, ids in sorted(report.faults.items()):
        table.add_row(Text(f"failed, {escape_control_characters(reason)}"), str(len(ids)), style="dim")
    table.add_row("repaired by a second request", str(report.repaired))
    table.add_row("requests", str(report.requests))
    table.add_row("prompt tokens, completion tokens", f"{report.prompt_tokens}, {report.completion_tokens}")
    table.add_row("cost", _format_dollars(report.cost))
    Console().print(table)


def print_dry_run(estimate: DryRunEstimate) -> None:
    """Prints the first requests in full, and the estimate."""
    console = Console()
    for request in estimate.first_requests:
        console.rule(Text(escape_control_characters(request.id)), align="left")
        for message in request.messages:
            console.print(Text(f"[{message['role']}]", style="bold"))
            console.print(Text(escape_control_characters(message["content"])), soft_wrap=True)
    console.rule("estimate; nothing was sent", align="left")
    table = Table(show_header=False)
    table.add_row("questions", str(estimate.questions))
    table.add_row("of the first ones, refused as too large", str(estimate.refused))
    table.add_row("prompt tokens, about", str(estimate.prompt_tokens))
    table.add_row("completion tokens, at most", str(estimate.completion_tokens))
    table.add_row("cost, at most about", _format_dollars(estimate.cost))
    if estimate.minutes is not None:
        table.add_row("minutes at these rate limits, at least", f"{estimate.minutes:.1f}")
    console.print(table)


def _format_dollars(cost: float | None) -> str:
    return "not known: set teacher.input_price and output_price" if cost is None else f"${cost:.2f}"
