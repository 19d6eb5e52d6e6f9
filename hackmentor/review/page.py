"""The page: one HTML file with its style, scripts and data in it. Text from models and data sets is always escaped."""

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
from hackmentor.review.key_figures import compute_training_cost
from hackmentor.review.leaderboard import is_share
from hackmentor.review.option_effects import find_cells_one_option_apart
from hackmentor.review.sample_battles import encode_battles
from hackmentor.runtime.duration import format_duration

# So many cells have their curves and answers in view when the page opens.
_CELLS_IN_VIEW = 5
_RELOAD_SECONDS = 15
# Each may use what those before it declare.
_SCRIPTS = ("page.js", "charts.js", "answers.js", "leaderboard.js", "start.js")


def render_page(experiment: Experiment, *, live: bool = False) -> str:
    """The whole page; a live one reloads itself. Lone surrogates, which no file can hold, become question marks."""
    plotly, scripts = get_plotlyjs(), [_read_asset(name) for name in _SCRIPTS]
    specs = [cell.spec for cell in experiment.cells]
    page = _create_environment().get_template("page.jinja").render(
        experiment=experiment,
        cells={cell.spec.name: cell for cell in experiment.cells},
        state_counts=Counter(cell.state.state for cell in experiment.cells),
        ranks={row.name: row.rank for row in experiment.rows},
        in_view=_select_in_view(experiment),
        cells_one_option_apart={spec.name: list(find_cells_one_option_apart(spec, specs)) for spec in specs},
        costs={cell.spec.name: compute_training_cost(cell, experiment.hourly_price) for cell in experiment.cells},
        content_security_policy=build_content_security_policy(plotly, *scripts),
        style=Markup(_read_asset("page.css")),
        plotly=Markup(plotly),
        scripts=[Markup(script) for script in scripts],
        data=Markup(encode_script_json(_build_data(experiment) | {"reload": _RELOAD_SECONDS if live else None})),
        live=_RELOAD_SECONDS if live else None,
        version=__version__,
        written=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
    )  # fmt: skip
    return page.encode("utf-8", errors="replace").decode("utf-8")


def build_content_security_policy(*scripts: str) -> str:
    """A Content-Security-Policy that allows these scripts, no others, and no requests.

    Styles may be inline: Plotly sets them on what it draws.
    """
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    rules = ("default-src 'none'", f"script-src {hashes}", "style-src 'unsafe-inline'", "img-src data: blob:")
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def encode_script_json(content: object) -> str:
    """JSON that is safe inside a script element: ASCII, without anything that could end the element."""
    text = json.dumps(_replace_non_finite(content), separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@cache
def _create_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hackmentor.review", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["duration"] = format_duration
    return environment


def _read_asset(name: str) -> str:
    return (files("hackmentor.review") / "assets" / name).read_text(encoding="utf-8")


def _build_data(experiment: Experiment) -> dict[str, Any]:
    """What the scripts of the page read."""
    verdict = experiment.verdict
    bradley_terry = experiment.ratings.get("bradley_terry", {})
    return {
        "rows": [
            {key: getattr(row, key) for key in ("name", "kind", "base", "size", "method", "data", "state")}
            | {"rating": bradley_terry.get(row.name)}
            for row in experiment.rows
        ],
        "bases": {cell.spec.name: cell.spec.untuned for cell in experiment.cells},
        "curves": {cell.spec.name: _build_curves(cell) for cell in experiment.cells if cell.training_curve.steps},
        "measures": [measure | {"share": is_share(measure["name"])} for measure in verdict.get("measures", [])],
        "findings": verdict.get("findings", []),
        "decided_by": verdict.get("decided_by"),
        "samples": [asdict(question) for question in experiment.questions],
        "battles": encode_battles(experiment.battles, [row.name for row in experiment.rows]),
    }


def _select_in_view(experiment: Experiment) -> set[str]:
    """The best cells, and the base of the first: what a reader compares."""
    cells = [row for row in experiment.rows if row.kind == "cell"]
    bases = {cell.spec.name: cell.spec.untuned for cell in experiment.cells}
    return {*(row.name for row in cells[:_CELLS_IN_VIEW]), *(bases[row.name] for row in cells[:1])}


def _build_curves(cell: CellReport) -> dict[str, Any]:
    return {"training": asdict(cell.training_curve), "validation": asdict(cell.validation_curve)}


def _replace_non_finite(content: Any) -> Any:  # noqa: ANN401 - a JSON tree
    """The same with None for every number that JSON cannot express."""
    if isinstance(content, dict):
        return {key: _replace_non_finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_replace_non_finite(value) for value in content]
    return None if isinstance(content, float) and not isfinite(content) else content
