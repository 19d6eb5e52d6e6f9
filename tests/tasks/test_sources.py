"""Tasks on public sources by path, and a look at cases on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.data.task_cases import iter_cases, load_material
from hackmentor.tasks.case import Case
from hackmentor.tasks.registry import TASKS
from tests.data.sources import public_files as files


def build(name: str, *paths: Path) -> list[Case]:
    task = TASKS[name]
    material = load_material([task], list(map(str, paths)))
    both = (iter_cases(task, material, seed=0, eval_fraction=0.1, held_out=held_out) for held_out in (False, True))
    return [case for cases in both for case in cases]


@pytest.mark.parametrize(
    ("name", "write", "more"),
    [
        ("triage", files.write_sigma, "hit"),
        ("sigma", files.write_sigma, "convert"),
        ("cvss", files.write_nvd, "record"),
    ],
)
def test_a_source_by_path_adds_cases(name: str, write: Callable[[Path], Path], more: str, tmp_path: Path) -> None:
    own, task = {case.id for case in build(name)}, TASKS[name]
    added = [case for case in build(name, write(tmp_path)) if case.id not in own]
    assert more in {case.category for case in added}
    for case in added:
        assert task.find_label_fault(case) == "", case.id
        assert task.mark(case.to_item(1), case.answer).outcome == "correct", case.id


def test_the_licence_of_a_source_goes_with_its_records(tmp_path: Path) -> None:
    task = TASKS["triage"]
    material = load_material([task], [str(files.write_sigma(tmp_path))])
    cases = list(iter_cases(task, material, seed=0, eval_fraction=0.1, held_out=False))
    rules = {case.upstream_id for case in cases} & material.provenance.keys()
    assert rules
    assert all(material.provenance[rule].licence.startswith("Detection Rule License") for rule in rules)


def test_inspect_shows_a_case_with_its_answer_and_mark(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["inspect.task=indicators", "inspect.side=eval", "inspect.output=figures.json"]
    assert main(["data", "inspect", *words, "inspect.records=1"]) == 0
    said = capsys.readouterr().out
    assert "──── worked answer ────" in said
    assert "correct, score 1" in said
    figures = json.loads(Path("figures.json").read_text(encoding="utf-8"))["task"]
    assert figures["proven"] == figures["cases"] >= 100
    assert main(["data", "inspect", *words, "inspect.ids=[report:0000/indicatos]"]) == 2
    assert "inspect.ids: the task has no case" in capsys.readouterr().err
    assert main(["data", "inspect", "inspect.task=all"]) == 2
    assert "name one of" in capsys.readouterr().err


def test_real_events_of_a_rule_are_triaged_too(tmp_path: Path) -> None:
    folder = files.write_sigma(tmp_path)
    rule = load_material([TASKS["triage"]], [str(folder)]).rules[0]
    number = int(rule.upstream_id.rpartition("-")[2])
    places = folder / "regression_data" / "windows"
    places.mkdir(parents=True)
    system = {"EventID": 1, "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}, "Computer": "made-up"}
    hit, miss = (
        {"Event": {"System": system, "EventData": {"Image": image, "CommandLine": "a -quiet", "ParentImage": "b"}}}
        for image in (rf"C:\Temp\example{number}.exe", r"C:\Windows\notepad.exe")
    )
    (places / f"{rule.upstream_id}.json").write_text(f"{json.dumps(hit)}\n{json.dumps(miss)}", encoding="utf-8")
    (places / "broken.json").write_text("{", encoding="utf-8")
    material = load_material([TASKS["triage"]], [str(folder)])
    assert [event["Image"] for event in material.events[rule.upstream_id]] == [rf"C:\Temp\example{number}.exe"]
    assert material.left_out == {
        "event that can't be read": ["rules: broken.json"],
        "event that its rule does not match": [rule.upstream_id],
    }
    real = [case for case in build("triage", folder) if "/real-" in case.id]
    assert "true positive" in {case.key for case in real}
    assert all(TASKS["triage"].find_label_fault(case) == "" for case in real)
