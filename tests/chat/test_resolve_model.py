"""Names are looked up, never parsed; anything ambiguous is refused with a message."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.chat.resolve_model import resolve_comparison_model
from hackmentor.cli import main
from hackmentor.config.compose import CommandRequest
from hackmentor.runtime.errors import UserError
from tests.chat.conftest import CELL, resolve
from tests.conftest import REPOSITORY
from tests.test_cli import WITHOUT_TORCH

LORA = Path("models/lora_models/llama-7b-lora-iio")


def test_a_cell_is_what_its_config_says(place: Path, tiny_llama: Path) -> None:
    found = resolve(CELL)
    assert (found.name, found.config.experiment, found.config.base.path) == (CELL, "embedded", str(tiny_llama))
    assert found.adapter == Path("outputs/embedded") / CELL / "adapter"
    assert resolve(f"embedded/{CELL}") == found
    assert resolve(CELL, "chat.temperature=0").config.chat.temperature == 0


def test_what_is_typed_for_now_comes_after_what_the_cell_says(place: Path) -> None:
    found = resolve(CELL, "quant=none", "base.path=elsewhere").config
    assert (found.quant.name, found.base.path) == ("none", "elsewhere")


def test_its_name_is_not_taken_apart(place: Path) -> None:
    config = Path("outputs/embedded") / CELL
    config.rename(Path("outputs/embedded/llama-13b-lora-turn"))
    assert resolve("llama-13b-lora-turn").config.untuned == "smollm2-135m"


def test_the_words_of_train_find_the_cell_too(place: Path) -> None:
    assert resolve("base=smollm2", "size=135m", "data=iio").adapter == Path("outputs/embedded") / CELL / "adapter"
    assert resolve().name == CELL
    assert resolve("experiment=embedded", "data=iio").name == CELL


def test_an_adapter_put_there_by_hand_is_found_by_the_options_that_make_its_name(place: Path) -> None:
    found = resolve("llama-7b-lora-iio")
    assert (found.config.untuned, found.config.data.shape, found.adapter) == ("llama-7b", "iio", LORA)
    assert resolve("base=llama", "size=7b").adapter == LORA


# The table of the original: the untuned bases, and the adapters that it published.
TABLE = ("llama-7b", "llama-13b", "vicuna-7b", "vicuna-13b")
PUBLISHED = (*(f"{base}-lora-iio" for base in TABLE), "llama-7b-lora-turn", "llama-13b-lora-turn")


@pytest.mark.parametrize("name", [*TABLE, *PUBLISHED])
def test_every_row_of_the_originals_table(name: str, place: Path) -> None:
    for cell in PUBLISHED:
        if not (folder := LORA.with_name(cell)).exists():
            shutil.copytree(LORA, folder)
    found = resolve(name)
    assert (found.name, found.adapter) == (name, LORA.with_name(name) if name in PUBLISHED else None)
    assert name.startswith(found.config.untuned)
    assert f"`hackmentor chat {name}`" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_the_commands_of_its_page_are_understood(place: Path) -> None:
    page = (REPOSITORY / "docs" / "chat.md").read_text(encoding="utf-8").replace("FOLDER", str(LORA))
    commands = re.findall(r"hackmentor chat ([^#`\n]+)", page)
    assert len(commands) >= 8
    for command in commands:
        assert resolve(*shlex.split(command)).config.untuned in ("smollm2-135m", "llama-13b")


def test_a_whole_cell_put_there_by_hand_brings_its_config(place: Path) -> None:
    shutil.move(Path("outputs/embedded") / CELL, Path("models/lora_models") / CELL)
    found = resolve(CELL)
    assert found.adapter == Path("models/lora_models") / CELL / "adapter"
    assert found.config.experiment == "embedded"


def test_a_base_by_its_name_speaks_in_dialogues_unless_told_otherwise(place: Path) -> None:
    found = resolve("llama-13b")
    assert (found.name, found.adapter, found.config.untuned) == ("llama-13b", None, "llama-13b")
    assert found.config.base.templates[found.config.data.shape] == "vicuna"
    config = resolve("llama-13b", "data=iio").config
    assert config.base.templates[config.data.shape] == "alpaca"


def test_any_adapter_by_its_folder(place: Path) -> None:
    for words in (["base=llama", "size=7b"], ["llama-7b"]):
        found = resolve(*words, f"adapter={LORA}")
        assert (found.name, found.adapter, found.config.untuned) == ("llama-7b-lora-iio", LORA, "llama-7b")


def test_another_is_not_what_the_words_say_of_the_first(place: Path) -> None:
    words = CommandRequest("chat", ("base=smollm2", "size=135m", "base.path=x", "compare=llama-7b", "chat.top_k=3"))
    first = resolve(*words.overrides)
    second = resolve_comparison_model(words, first, "llama-7b")
    assert (second.name, second.config.base.path, second.config.chat.top_k) == ("llama-7b", None, 3)
    base = resolve_comparison_model(words, first, "smollm2-135m")
    assert (base.adapter, base.config.base.path) == (None, "x")


REFUSED = {
    "near a cell": (["smollm2-135m-lora-ii"], f"Did you mean {CELL}?"),
    "near a base": (["lama-13b"], "Did you mean llama-13b?"),
    "nothing near": (["zzz"], f"Trained cells: llama-7b-lora-iio, {CELL}."),
    "escape codes": (["\x1b[2J"], "there is no \\x1b[2J"),
    "a path": (["../../etc"], "there is no ../../etc"),
    "not trained": (["data=turn"], "there is no smollm2-135m-lora-turn"),
    "two names": ([CELL, "llama-7b"], "write compare=llama-7b"),
    "contradiction": ([CELL, "data=turn"], "already determines its data"),
    "contradiction of a base": (["llama-7b", "size=13b"], "already determines its size"),
    "two adapters": ([CELL, f"adapter={LORA}"], "has its own adapter"),
    "impossible base": (["vicuna-135m"], "vicuna has no size 135m; it has 7b, 13b"),
    "no such adapter": (["llama-7b", "adapter=nowhere"], "adapter=nowhere: there is no such folder"),
    "no adapter": (["llama-7b", "adapter=models"], "it has no adapter_config.json"),
    "no base": (["llama-13b"], "hackmentor fetch base=llama size=13b"),
    "itself": ([CELL, f"compare={CELL}"], "both models are called"),
    "misspelt key": ([CELL, "chat.temprature=1"], "did you mean chat.temperature?"),
    "out of range": ([CELL, "chat.temperature=-1"], "chat.temperature=-1"),
    "sweep": (["-m", CELL, "seed=1,2"], "no cells to sweep over"),
}


@pytest.mark.parametrize(("words", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_a_mistake_is_a_sentence(
    words: list[str], expected: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chat", *words]) == 2
    said = capsys.readouterr()
    assert expected in said.err
    assert said.err.startswith("hackmentor chat: ")
    assert "Traceback" not in said.err
    assert "\x1b" not in said.err
    assert said.out == ""


def test_two_of_one_name_are_listed(place: Path) -> None:
    shutil.copytree("outputs/embedded", "outputs/mine")
    with pytest.raises(UserError, match=f"embedded/{CELL}, mine/{CELL}; say which"):
        resolve(CELL)
    assert resolve(f"mine/{CELL}").adapter == Path("outputs/mine") / CELL / "adapter"
    assert resolve(CELL, "experiment=embedded").adapter == Path("outputs/embedded") / CELL / "adapter"


def test_a_cell_that_is_not_finished(place: Path) -> None:
    (Path("outputs/embedded") / CELL / "done.json").unlink()
    with pytest.raises(UserError, match="is not trained to its end"):
        resolve(CELL)


@pytest.mark.parametrize("content", ["", "[]", "base: {", "name: x\nexperiment: y", "\x00"])
def test_a_damaged_config(content: str, place: Path) -> None:
    (Path("outputs/embedded") / CELL / "config.yaml").write_text(content)
    with pytest.raises(UserError, match=r"config\.yaml: (not the configuration of a cell|is no YAML)"):
        resolve(CELL)


def test_nothing_says_what_an_adapter_is(place: Path) -> None:
    LORA.rename("models/lora_models/mine")
    with pytest.raises(
        UserError, match=r"write hackmentor chat base=\.\.\. size=\.\.\. adapter=models/lora_models/mine"
    ):
        resolve("mine")


def test_refusals_come_before_torch(place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, "chat", "smollm2-135m-lora-ii"],
        capture_output=True,
        text=True,
        env={**os.environ},
    )
    assert done.returncode == 2, done.stderr
    assert "Did you mean" in done.stderr


def test_the_answers_of_a_base_are_no_unfinished_cell(place: Path) -> None:
    answers = Path("outputs/embedded/smollm2-135m")  # as `evaluate` leaves it
    answers.mkdir()
    (answers / "answers.jsonl").write_text("")
    for words in (["smollm2-135m"], ["smollm2-135m", "experiment=embedded"]):
        found = resolve(*words)
        assert (found.name, found.adapter) == ("smollm2-135m", None)
    first = resolve("llama-7b-lora-iio")
    assert resolve_comparison_model(CommandRequest("chat"), first, "smollm2-135m").adapter is None
