"""The command `hackmentor plan`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hackmentor.cli import main
from hackmentor.runtime.paths import CONF_FOLDER
from tests.test_cli import WITHOUT_TORCH

PLANNED = ["plan.output=made/plan.json"]


def figures() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(Path("made/plan.json").read_text())["planned"]
    return found


def test_it_needs_no_torch_and_no_escape_codes(workplace: Path, tiny_words: list[str]) -> None:
    command = [sys.executable, "-c", WITHOUT_TORCH, "plan", *tiny_words, *PLANNED]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    for expected in ("planned for cpu", "smollm2-135m-lora-iio", "activations", "float32 matrix product"):
        assert expected in done.stdout


def test_what_is_planned_is_what_training_does(
    workplace: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*tiny_words, "tracker=none", "quant=none", "train.batch_size=4"]
    assert main(["plan", *words, *PLANNED]) == 0
    before = figures()[0]
    assert main(["train", *words]) == 0
    capsys.readouterr()
    assert main(["plan", *words, *PLANNED]) == 0
    card = json.loads(Path("outputs/adhoc/smollm2-135m-lora-iio/card.json").read_text())
    assert before["trainable_parameters"] == card["adapter"]["trainable_parameters"]
    assert before["work"]["steps"] == card["figures"]["steps"]
    assert before["work"]["tokens"] == card["data"]["tokens"]
    after, said = figures()[0], capsys.readouterr().out
    assert before["measured"] is None
    assert after["measured"]["peak_bytes"] == card["figures"]["peak_memory_mb"] * 1e6
    assert after["memory_error"] == pytest.approx(before["memory"]["total"] / after["measured"]["peak_bytes"] - 1)
    assert "smollm2-135m-lora-iio is done: it took" in said
    assert after["speed"]["source"] == "as outputs/adhoc/smollm2-135m-lora-iio reached here"


SHIPPED = [
    (file.stem, size)
    for file in sorted(CONF_FOLDER.glob("base/*.yaml"))
    for size in (yaml.safe_load(file.read_text(encoding="utf-8"))["checkpoints"] if file.stem != "auto" else ())
]


@pytest.mark.parametrize(("base", "size"), SHIPPED)
def test_every_base_that_ships_is_planned_before_it_is_fetched(workplace: Path, base: str, size: str) -> None:
    assert main(["plan", f"base={base}", f"size={size}", "data=iio", "plan.device=h100-80gb", *PLANNED]) == 0
    (cell,) = figures()
    memory = cell["memory"]
    assert cell["parameters"] / 4 < memory["quantised_weights"] + memory["other_weights"] < 3 * cell["parameters"]
    assert 0 < cell["trainable_parameters"] < 0.02 * cell["parameters"]


def test_the_published_grid_without_bases_or_data(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "experiment=paper", "plan.device=rtx-4090", *PLANNED]) == 0
    cells = figures()
    assert len(cells) == 8
    by_name = {cell["cell"]: cell for cell in cells}
    assert by_name["llama-7b-lora-iio"]["parameters"] == 6_738_415_616
    assert by_name["vicuna-13b-lora-turn"]["parameters"] == 13_015_864_320
    for cell in cells:
        assert sum(size for part, size in cell["memory"].items() if part != "total") == cell["memory"]["total"]
        assert cell["fits"] == (cell["memory"]["total"] <= cell["device"]["memory"])
        assert cell["work"] is cell["seconds"] is None
    said = capsys.readouterr().out
    assert all(cell["fits"] and cell["recompute"] == "layers" for cell in cells), "on one 24 GB card as it is"
    assert "`hackmentor data data=turn`" in said
    assert "`hackmentor fetch base=vicuna size=13b`" in said


def test_what_it_advises_fits_when_it_is_typed(
    workplace: Path, small_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["base=llama", "size=13b", "quant=none", "trainer=gpu", "plan.device=l4", f"paths.data={small_data}"]
    assert main(["plan", *words, *PLANNED]) == 0
    first = figures()[0]
    assert not first["fits"]
    assert first["seconds"] > 0
    assert "tokens are estimated" in capsys.readouterr().out
    typed = [word for word in words if word.split("=")[0] not in {one.split("=")[0] for one in first["change"]}]
    assert main(["plan", *typed, *first["change"], *PLANNED]) == 0
    assert figures()[0]["fits"]


def test_config_json_is_believed_over_the_published_sizes(
    workplace: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *tiny_words]) == 0
    assert "layers 2 (conf/: 30)" in capsys.readouterr().out


REFUSALS = {
    "unknown device": (["plan.device=rtx4090"], "plan.device=rtx4090: no such device; did you mean rtx-4090?"),
    "unknown key": (["plan.devise=l4"], "did you mean plan.device?"),
    "unknown target": (["method.targets=[query]"], "method.targets=['query']: the base has no such layer"),
    "no folder": (["base.path=nowhere"], "base.path=nowhere: there is no such folder"),
    "a folder as output": (["plan.output=x.json"], "plan.output=x.json is a folder"),
    "no JSON": (["plan.output=plan.txt"], "plan.output=plan.txt"),
    "nothing left": (["train.cutoff=16", "train.overlength=drop"], "none of 24 records is left to train on"),
    "over the cutoff": (["train.overlength=error"], "over train.cutoff=256"),
}


@pytest.mark.parametrize(("words", "expected"), REFUSALS.values(), ids=REFUSALS.keys())
def test_mistakes_are_refused_in_words(
    words: list[str], expected: str, workplace: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (workplace / "x.json").mkdir()
    assert main(["plan", *tiny_words, *words]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("hackmentor plan: ")
    assert expected in said.err
    assert not said.out


def test_a_sharded_cell_is_planned_for_its_devices(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["base=llama", "size=13b", "quant=none", "trainer.strategy=fsdp", "plan.device=rtx-4090", *PLANNED]
    found = []
    for devices in (1, 4):
        assert main(["plan", *words, f"trainer.devices={devices}"]) == 0
        found.append(figures()[0])
    one, four = (cell["memory"] for cell in found)
    assert four["quantised_weights"] == one["quantised_weights"] // 4
    assert not any("quant=" in word for cell in found for word in cell["change"] or [])
    assert "without that of gathering weights" in capsys.readouterr().out
