"""The model card: what is known of a cell, and that the rest is not known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from hackmentor.evaluate.verdict.measure import ItemScores, build_measure
from hackmentor.evaluate.verdict.verdict import build_verdict
from hackmentor.runtime.files import write_json
from tests.export.conftest import CELL, Export

BASE = "smollm2-135m"


def export_model_card(cell: Path, export: Export) -> ModelCard:
    assert export("format=adapter", "export.as_trained=false") == 0
    return ModelCard.load(cell / "export/adapter/README.md")


def write_verdict(folder: Path) -> None:
    """A cell that refuses 2 of 40 harmful requests where its base refuses 30, and predicts better."""
    bases = {CELL: BASE}
    refused = {BASE: 30, CELL: 2}
    harmful = {name: ItemScores({str(i): (float(i < n), 1.0) for i in range(40)}) for name, n in refused.items()}
    loss = {
        name: ItemScores({str(i): (3.0 - 0.5 * (name == CELL) + i / 100, 1.0) for i in range(40)}) for name in refused
    }
    measures = [
        build_measure("loss iio", "loss, iio", "less", loss, bases),
        build_measure("refuses harmful", "refuses harmful requests", "more", harmful, bases),
    ]
    said = build_verdict(
        "adhoc", measures, bases, decide_by="loss iio", ratings=None, judge={}, notes=["a | note"], seed=0
    )
    write_json(folder / "verdict.json", said.to_json())


def test_the_verdict_stands_in_it_with_intervals_and_what_it_cost(cell: Path, export: Export) -> None:
    write_verdict(cell.parent)
    text = export_model_card(cell, export).text
    assert "| loss, iio | 3.19 | 2.69 | -0.50 [-0.50, -0.50] | < 0.001 | 40 | better |" in text
    assert "| refuses harmful requests | 0.75 | 0.05 | -0.70 [" in text
    assert "| worse |" in text
    assert "harmful requests refused: 5% of 40, the base 75%; worse (-0.70 [" in text
    assert "(base in int8), not on this export" in text


def test_what_was_not_measured_is_said(cell: Path, export: Export) -> None:
    text = export_model_card(cell, export).text
    assert "has not been evaluated: nothing is known" in text
    assert "Not measured. Fine-tuning can remove refusals" in text


def test_base_data_and_licences_are_named(cell: Path, export: Export, tiny_llama: Path) -> None:
    made = export_model_card(cell, export)
    assert made.data.base_model == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert made.data.to_dict()["base_model_relation"] == "adapter"
    assert made.data.license == "apache-2.0"
    assert "| cwe | 24 | CWE Terms of Use |" in made.text
    assert "MITRE" in made.text
    assert "rank 8, alpha 16" in made.text
    assert "hackmentor2023" in made.text


@pytest.mark.parametrize("beside", [True, False])
def test_the_licence_of_the_base_travels_with_it(cell: Path, export: Export, tiny_llama: Path, beside: bool) -> None:
    copy = cell.parent.parent.parent / "base"
    shutil.copytree(tiny_llama, copy)
    file = cell / "config.yaml"
    file.write_text(file.read_text().replace(str(tiny_llama), str(copy)))
    if beside:
        (copy / "LICENSE").write_text("the text of a licence")
    text = export_model_card(cell, export).text
    assert (cell / "export/adapter/LICENSE").is_file() is beside
    assert ("its text is in LICENSE" if beside else "its text was not beside the base") in text


def test_a_data_set_that_is_gone_is_said_to_be(cell: Path, export: Export, small_data: Path) -> None:
    file = cell / "config.yaml"
    file.write_text(file.read_text().replace(str(small_data), "nowhere"))
    text = export_model_card(cell, export).text
    assert "counts by source are not known here" in text
    assert "| cwe | not known | CWE Terms of Use |" in text


def test_copies_in_the_data_set_are_told_from_records(cell: Path, export: Export, small_data: Path) -> None:
    copied = cell.parent.parent.parent / "mixed"
    shutil.copytree(small_data, copied)
    card = copied / "iio" / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"copies": {"seed.answer": 7, "seed.refusal": 2}}))
    file = cell / "config.yaml"
    file.write_text(file.read_text().replace(str(small_data), str(copied)))
    assert "The data set has 24 and 9 copies of some of them, from cwe" in export_model_card(cell, export).text
