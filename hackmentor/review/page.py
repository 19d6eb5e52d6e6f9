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
from hackmentor.review.board import is_share
from hackmentor.review.cells import CellReport
from hackmentor.review.duration import duration
from hackmentor.review.experiment import Experiment

# So many lines of the leaderboard have their curves and answers in view when the page opens.
_IN_VIEW = 6


def render(experiment: Experiment) -> str:
    """The whole page. Lone surrogates, which no file can hold, become question marks."""
    plotly, script = get_plotlyjs(), _asset("page.js")
    page = _environment().get_template("page.jinja").render(
        experiment=experiment,
        cells={cell.plan.name: cell for cell in experiment.cells},
        states=Counter(cell.progress.state for cell in experiment.cells),
        in_view={row.name for row in experiment.rows[:_IN_VIEW]},
        policy=policy(plotly, script),
        style=Markup(_asset("page.css")),
        plotly=Markup(plotly),
        script=Markup(script),
        data=Markup(embedded(_data(experiment))),
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
        "curves": {cell.plan.name: _curves(cell) for cell in experiment.cells if cell.training.steps},
        "measures": [measure | {"share": is_share(measure["name"])} for measure in verdict.get("measures", [])],
        "findings": verdict.get("findings", []),
        "decided_by": verdict.get("decided_by"),
        "samples": [asdict(sample) for sample in experiment.samples],
    }


def _curves(cell: CellReport) -> dict[str, Any]:
    return {"training": asdict(cell.training), "validation": asdict(cell.validation)}


def _finite(content: Any) -> Any:  # noqa: ANN401 - a JSON tree
    """The same with None for every number that JSON has no word for."""
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not isfinite(content) else content
