"""What can't be exported is refused in a sentence, and nothing is left half made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from hackmentor.cli import main
from hackmentor.runtime.lock import lock_passed_to_child
from tests.export.conftest import CELL, QUESTIONS, Export


def unfinished(cell: Path, _: Path) -> None:
    (cell / "done.json").unlink()


def damaged_header(cell: Path, _: Path) -> None:
    (cell / "adapter/adapter_model.safetensors").write_bytes(b"\xff" * 64)


def damaged_weights(cell: Path, _: Path) -> None:
    file = cell / "adapter/adapter_model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))


def damaged_configuration(cell: Path, _: Path) -> None:
    (cell / "config.yaml").write_text("name: [")


def on_copy(cell: Path, base: Path) -> Path:
    """The cell says that its base lies in another folder."""
    copy = cell.parent.parent.parent / "base"
    shutil.copytree(base, copy)
    file = cell / "config.yaml"
    file.write_text(file.read_text().replace(str(base), str(copy)))
    return copy


def other_base(cell: Path, base: Path) -> None:
    copy = on_copy(cell, base)
    model = AutoModelForCausalLM.from_pretrained(copy)
    with torch.no_grad():
        model.model.norm.weight.add_(1)
    model.save_pretrained(copy)


def other_family(cell: Path, base: Path) -> None:
    file = on_copy(cell, base) / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"model_type": "gpt_neox"}))


def other_pre_tokenizer(cell: Path, _: Path) -> None:
    file = cell / "adapter" / "tokenizer.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["pre_tokenizer"] = {"type": "Whitespace"}
    file.write_text(json.dumps(content), encoding="utf-8")


def no_base(cell: Path, base: Path) -> None:
    shutil.rmtree(on_copy(cell, base))


def two_experiments(cell: Path, _: Path) -> None:
    shutil.copytree(cell, cell.parent.parent / "second" / CELL)


def untouched(cell: Path, _: Path) -> None:
    pass


REFUSALS = {
    "unfinished": (unfinished, [], "is not trained to its end"),
    "damaged header": (damaged_header, [], "adapter_model.safetensors: can't be read"),
    "damaged weights": (damaged_weights, [], "are not those that training saved"),
    "damaged configuration": (damaged_configuration, [], "config.yaml: is no YAML that can be read"),
    "another base": (other_base, [], "was trained on smollm2-135m"),
    "another family": (
        other_family,
        ["format=gguf"],
        "of the family gpt_neox, and only llama is written to GGUF here. llama.cpp's own converter may know it: "
        f"hackmentor export {CELL} format=merged format.dtype=bf16, and in a clone of llama.cpp "
        f"python convert_hf_to_gguf.py outputs/adhoc/{CELL}/export/merged-bf16 --outtype f16 --outfile {CELL}-f16.gguf",
    ),
    "another pre-tokenizer": (other_pre_tokenizer, ["format=gguf"], "its pre-tokenizer is none of those whose"),
    "no base": (no_base, [], "there is no such folder"),
    "two experiments": (two_experiments, [], f"there are several {CELL}: adhoc/{CELL}, second/{CELL}"),
    "two names": (untouched, ["second"], "one name at a time"),
    "no such format": (untouched, ["format=onnx"], "format=onnx: format has no such option"),
    "no such type": (untouched, ["format=gguf", "format.dtype=q4_k"], "format.dtype=q4_k"),
    "misspelt key": (untouched, ["format.dtyp=bf16"], "did you mean format.dtype?"),
    "no token": (untouched, ["export.push=me/cell"], "HF_HUB_OFFLINE is set"),
}


@pytest.mark.parametrize(("harm", "words", "expected"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refused_in_a_sentence(
    harm: Callable[[Path, Path], None],
    words: list[str],
    expected: str,
    cell: Path,
    export: Export,
    tiny_llama: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    harm(cell, tiny_llama)
    assert export(*words) == 2
    said = capsys.readouterr().err
    assert said.startswith("hackmentor export: ")
    assert expected in said
    assert "Traceback" not in said
    assert not [file for file in (cell / "export").glob("*") if file.suffix != ".lock"]


def test_a_misspelt_cell_gets_the_nearest_name(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "smolm2-135m-lora-iio"]) == 2
    assert f"did you mean {CELL}?" in capsys.readouterr().err


def test_the_whole_name_says_where_to_look(cell: Path) -> None:
    two_experiments(cell, cell)
    words = ("format=adapter", "export.as_trained=false", QUESTIONS, "export.answer_tokens=8")
    assert main(["export", f"second/{CELL}", *words]) == 0
    assert (cell.parent.parent / "second" / CELL / "export/adapter/export.json").is_file()


def test_two_processes_never_make_one_export(cell: Path, export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    with lock_passed_to_child(cell / "export" / ".adapter.lock"):
        assert export("format=adapter") == 2
    assert "is being exported to by process" in capsys.readouterr().err
    assert not (cell / "export" / "adapter").exists()


def test_a_full_disk_is_found_beforehand(
    cell: Path, export: Export, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(cell)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10_000))
    assert export("format=gguf") == 2
    assert "GB are free there; free some space" in capsys.readouterr().err
    assert not (cell / "export").exists()
