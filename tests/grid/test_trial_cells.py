"""The cells of a search, as Optuna writes them down and everyone reads them."""

from __future__ import annotations

from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser

from hackmentor.grid.study import build_search_space, open_study
from hackmentor.grid.trial_cells import read_trial_cells, record_trial_cell


def test_what_a_search_notes_is_read_without_it(tmp_path: Path) -> None:
    file = tmp_path / "search.jsonl"
    assert read_trial_cells(file) == []
    distributions = build_search_space(
        OverridesParser.create().parse_overrides(["a.lr=interval(0.0,1.0)", "data=choice(iio,turn)"])
    )
    study = open_study(file, seed=0, startup_trials=10, settings={})
    trials = [study.ask(distributions) for _ in range(3)]
    for trial, name in zip(trials, ("one", "two", "one"), strict=True):
        record_trial_cell(trial, name, [f"name={name}", f"seed={trial.number}"])
        study.tell(trial, 1.0)
    study.ask(distributions)  # drawn, and cut off before its cell had a name
    with file.open("a") as journal:
        journal.write('{"op_code":8,"trial_id":3,"user_attr":{"cell":{"na')
    one, two = read_trial_cells(file)
    assert [(one.name, one.trial_numbers), (two.name, two.trial_numbers)] == [("one", (0, 2)), ("two", (1,))]
    assert [one.values, two.values] == [trials[0].params, trials[1].params]
    assert [one.overrides, two.overrides] == [("name=one", "seed=0"), ("name=two", "seed=1")]
