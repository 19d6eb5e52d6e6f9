"""The trials of a search in the terminal and on the page: read from files that a search leaves, without Optuna."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from hackmentor.cell.folder import CellFolder
from hackmentor.cli import main
from hackmentor.grid.study import build_search_space, open_study
from hackmentor.grid.trial_cells import record_trial_cell
from hackmentor.runtime.files import write_json
from tests.review import synthetic_grid

SEARCH = ["optimizer.lr=tag(log, interval(1e-5, 1e-2))", "method.rank=choice(4, 8)"]
# lr, rank, held-out loss at the end, or none: that one runs no more.
TRIALS = [(0.001, 8, 2.5), (0.00042137845, 4, 2.25), (0.01, 4, None), (0.002, 8, 2.75)]


def name(lr: float, rank: int) -> str:
    return f"smollm2-135m-lora-iio-lr{lr:.6g}-rank{rank}"


@pytest.fixture
def searched(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an experiment with a search of four trials, one of them cut off, on a machine without Optuna."""
    folder = workplace / "outputs" / "adhoc"
    study = open_study(folder / "search.jsonl", seed=0, startup_trials=10, settings={})
    distributions = build_search_space(OverridesParser.create().parse_overrides(SEARCH))
    for lr, rank, loss in TRIALS:
        study.enqueue_trial({"optimizer.lr": lr, "method.rank": str(rank)})
        trial, cell = study.ask(distributions), CellFolder(folder / name(lr, rank))
        record_trial_cell(
            trial, cell.path.name, [f"optimizer.lr={lr}", f"method.rank={rank}", f"name={cell.path.name}"]
        )
        cell.path.mkdir()
        cell.metrics.write_text(f"loss,step,tokens_per_second,val_loss\n2.9,0,4321,\n2.8,1,4321,{loss or 2.125}\n")
        if loss is not None:
            card = synthetic_grid.build_card("smollm2-135m", 0)
            write_json(cell.card, card | {"figures": card["figures"] | {"val_loss": loss}})
            write_json(cell.done, {"fingerprint": "", "decided_by": {}})
            study.tell(trial, loss)
    monkeypatch.setitem(sys.modules, "optuna", None)
    return folder


@pytest.mark.parametrize("words", [[*SEARCH, "hydra/sweeper=optuna"], []])
def test_the_trials_are_listed_best_first(words: list[str], searched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", *words]) == 0
    output = capsys.readouterr().out
    table = output[output.index("adhoc, search") :].splitlines()
    lines = [line.split() for line in table if line.split() and any(name(lr, rank) in line for lr, rank, _ in TRIALS)]
    assert [line[:4] for line in lines[:3]] == [
        ["★", "1", "1", name(0.00042137845, 4)],
        ["2", "0", name(0.001, 8), "done"],
        ["3", "3", name(0.002, 8), "done"],
    ]
    assert lines[0][4:8] == ["done", "0.000421378", "4", "2"]
    assert lines[3][:6] == ["2", name(0.01, 4), "cut", "off", "0.01", "4"]
    assert "2.1250" in lines[3]  # lower than the best so far, and not done
    best = f"lowest held-out loss: 2.2500, {name(0.00042137845, 4)} (optimizer.lr=0.000421378, method.rank=4)"
    assert best in output
    assert "lr1e-05" not in output  # the corners by which a search is checked are no cells of it
    assert ("smollm2-135m-lora-iio " in output) == (not words)  # what is asked for beside the search


def test_the_page_has_a_table_of_the_trials(searched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", *SEARCH, "hydra/sweeper=optuna"]) == 0
    page = (searched / "review.html").read_text()
    table = page[page.index('<table id="trials">') :].partition("</table>")[0]
    order = re.findall(r'<a href="#cell-([^"]+)">', table)
    assert order == [name(lr, rank) for lr, rank, _ in (TRIALS[1], TRIALS[0], TRIALS[3], TRIALS[2])]
    assert table.count("★ 2.2500") == table.count("★") == 1
    assert "2.1250<small> so far</small>" in table
    assert all(f'id="cell-{one}"' in page for one in order)
    assert f"optimizer.lr=0.001 method.rank=8 name={name(0.001, 8)} hydra.mode=RUN" in page
    assert "not asked for" not in page


def test_a_grid_without_a_search_says_nothing_of_one(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "outputs" / "adhoc").mkdir(parents=True)
    assert main(["status"]) == main(["review"]) == 0
    assert ", search" not in capsys.readouterr().out
    assert 'id="trials"' not in (workplace / "outputs" / "adhoc" / "review.html").read_text()


def test_a_search_that_has_tried_nothing_yet(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "outputs" / "adhoc").mkdir(parents=True)
    assert main(["status", *SEARCH, "hydra/sweeper=optuna"]) == 2
    assert "search.jsonl: has no trials" in capsys.readouterr().err
