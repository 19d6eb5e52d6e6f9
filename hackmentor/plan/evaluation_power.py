"""What the evaluation of the planned cells can show: as a table, or why that isn't known yet."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hackmentor.config.schema import Config
from hackmentor.evaluate.configurations import group_runs
from hackmentor.evaluate.evaluation_items import load_evaluation_items
from hackmentor.evaluate.power_statement import EvaluationPower, MeasurePower, compute_evaluation_power
from hackmentor.evaluate.public_exams import load_public_exams
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.terminal import escape_control_characters


def find_evaluation_power(configs: Sequence[Config]) -> EvaluationPower | str:
    """What the evaluation of these cells can show; a sentence if a data set or an exam is missing or unusable."""
    try:
        for config in configs:
            locate_dataset(config).read_hashes()
        exams = load_public_exams(configs[0].evaluate, configs[0].sampling_seed)
        items = load_evaluation_items(configs, exams)
        items.check_primary(configs[0].evaluate.primary)
    except UserError as error:
        return f"what the evaluation can show is not known yet: {error}"
    groups = group_runs({config.name: config for config in configs})
    return compute_evaluation_power(items.list_sizes(), configs[0].evaluate, groups)


def print_evaluation_power(power: EvaluationPower | str, console: Console) -> None:
    """Prints a line for each measure, then what is assumed, what a wanted difference takes, and a warning."""
    console.print()
    if isinstance(power, str):
        console.print(Text(escape_control_characters(power)), soft_wrap=True)
        return
    title = "smallest difference to the base that the evaluation shows, with 80 % power"
    console.print(Text(title, style="bold"), soft_wrap=True)
    console.print(_build_table(power))
    _, *sentences = power.describe()
    for sentence in (*sentences[:1], *power.describe_wanted(), *sentences[1:]):
        console.print(Text(escape_control_characters(sentence)), soft_wrap=True)


def _build_table(power: EvaluationPower) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", overflow="fold")
    for heading in ("items", "clusters", "smallest"):
        table.add_column(heading, justify="right", no_wrap=True)
    for measure in power.measures:
        cells = measure.measure, f"{measure.items:,}", f"{measure.clusters:,}", _format_smallest(measure)
        table.add_row(*(Text(escape_control_characters(cell)) for cell in cells))
    return table


def _format_smallest(measure: MeasurePower) -> str:
    if measure.smallest is None:
        return "none"
    return f"{measure.smallest:.2f} SD" if measure.kind == "score" else f"{100 * measure.smallest:.1f} points"
