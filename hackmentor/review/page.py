"""The page: one HTML file with its style, scripts and data in it. What comes from models and data sets stays text."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from math import isfinite
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from hackmentor import __version__
from hackmentor.review.cell_report import CellReport
from hackmentor.review.experiment import Experiment
from hackmentor.review.key_figures import training_cost
from hackmentor.review.leaderboard import is_share
from hackmentor.review.option_effects import neighbours
from hackmentor.review.sample_battles import as_rows
from hackmentor.runtime.duration import duration

# So many cells have their curves and answers in view when the page opens.
_IN_VIEW = 5
_RELOAD_SECONDS = 15
# Each may use what those before it declare.
_SCRIPTS = ("page.js", "charts.js", "answers.js", "leaderboard.js", "start.js")


def render(experiment: Experiment, *, live: bool = False) -> str:
    """The whole page; a live one loads itself anew. Lone surrogates, which no file can hold, become question marks."""
    plotly, scripts = get_plotlyjs(), [_asset(name) for name in _SCRIPTS]
    plans = [cell.plan for cell in experiment.cells]
    page = _environment().get_template("page.jinja").render(
        experiment=experiment,
        cells={cell.plan.name: cell for cell in experiment.cells},
        states=Counter(cell.progress.state for cell in experiment.cells),
        ranks={row.name: row.rank for row in experiment.rows},
        in_view=_in_view(experiment),
        neighbours={cell.plan.name: list(neighbours(cell.plan, plans)) for cell in experiment.cells},
        costs={cell.plan.name: training_cost(cell, experiment.hourly_price) for cell in experiment.cells},
        policy=policy(plotly, *scripts),
        style=Markup(_asset("page.css")),
        plotly=Markup(plotly),
        scripts=[Markup(script) for script in scripts],
        data=Markup(embedded(_data(experiment) | {"reload": _RELOAD_SECONDS if live else None})),
        live=_RELOAD_SECONDS if live else None,
        version=__version__,
        written=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
    )  # fmt: skip
    return page.encode("utf-8", errors="replace").decode("utf-8")


def policy(*scripts: str) -> str:
    """A Content-Security-Policy under which these scripts run, and nothing else does, and nothing is requested.

    Styles may be inline: Plotly sets them on what it draws.
    """
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    rules = ("default-src 'none'", f"script-src {hashes}", "style-src 'unsafe-inline'", "img-src data: blob:")
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def embedded(content: object) -> str:
    """JSON that can stand inside a script element: it is ASCII, and holds nothing that could end the element."""
    text = json.dumps(_finite(content), separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hackmentor.review", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["duration"] = duration
    return environment


def _asset(name: str) -> str:
    return (files("hackmentor.review") / "assets" / name).read_text(encoding="utf-8")


def _data(experiment: Experiment) -> dict[str, Any]:
    verdict = experiment.verdict
    bradley_terry = experiment.ratings.get("bradley_terry", {})
    return {
        "rows": [
            {key: getattr(row, key) for key in ("name", "kind", "base", "size", "method", "data", "state")}
            | {"rating": bradley_terry.get(row.name)}
            for row in experiment.rows
        ],
        "bases": {cell.plan.name: cell.plan.untuned for cell in experiment.cells},
        "curves": {cell.plan.name: _curves(cell) for cell in experiment.cells if cell.training.steps},
        "measures": [measure | {"share": is_share(measure["name"])} for measure in verdict.get("measures", [])],
        "findings": verdict.get("findings", []),
        "decided_by": verdict.get("decided_by"),
        "samples": [asdict(sample) for sample in experiment.samples],
        "battles": as_rows(experiment.fought, [row.name for row in experiment.rows]),
    }


def _in_view(experiment: Experiment) -> set[str]:
    """The best cells, and the base of the first: what a reader compares."""
    cells = [row for row in experiment.rows if row.kind == "cell"]
    bases = {cell.plan.name: cell.plan.untuned for cell in experiment.cells}
    return {*(row.name for row in cells[:_IN_VIEW]), *(bases[row.name] for row in cells[:1])}


def _curves(cell: CellReport) -> dict[str, Any]:
    return {"training": asdict(cell.training), "validation": asdict(cell.validation)}


def _finite(content: Any) -> Any:  # noqa: ANN401 - a JSON tree
    """The same with None for every number that JSON has no word for."""
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not isfinite(content) else content
