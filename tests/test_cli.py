"""The command line: help at once, refusals in words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.config.help import EXAMPLES, VERBS, VERBS_ON_FILES

# Runs a command and fails if it imported torch on the way.
WITHOUT_TORCH = """
import sys
from hackmentor.cli import main
code = main(sys.argv[1:])
assert "torch" not in sys.modules
sys.exit(code)
"""


def light(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *words], capture_output=True, text=True, cwd=cwd)


@pytest.mark.parametrize("words", [["--help"], *[[verb, "--help"] for verb in VERBS if verb not in VERBS_ON_FILES]])
def test_help_lists_groups_options_and_examples_without_torch(words: list[str]) -> None:
    done = light(*words)
    assert done.returncode == 0, done.stderr
    for expected in ("base ", "qwen3, smollm2, smollm3, vicuna", "embedded, paper", "int8, nf4, none"):
        assert expected in done.stdout
    assert done.stdout.count("  hackmentor ") >= 3


def test_examples_are_three_for_each_verb() -> None:
    assert {verb: len(lines) for verb, lines in EXAMPLES.items()} == dict.fromkeys(VERBS, 3)


REFUSALS = {
    "misspelt experiment": (["experiment=embeded"], "did you mean embedded?"),
    "misspelt group": (["bse=llama"], "did you mean base?"),
    "misspelt option": (["base=lama"], "did you mean llama?"),
    "misspelt key": (["trainer.max_epoch=3"], "did you mean trainer.max_epochs?"),
    "added key": (["+typo=3"], "typo: there is no such key"),
    "added key in a group": (["+optimizer.lrr=1"], "optimizer.lrr: there is no such key"),
    "wrong type": (["trainer.max_epochs=many"], "trainer.max_epochs=many"),
    "out of range": (["train.batch_size=0"], "greater than 0"),
    "impossible pair": (["base=vicuna", "size=135m"], "vicuna has no size 135m; it has 7b, 13b"),
    "int8 with full": (["method=full"], "use quant=none"),
    "missing model": (["base=llama", "size=7b"], "hackmentor fetch base=llama size=7b"),
    "missing path": (["base.path=nowhere"], "base.path=nowhere: there is no such folder"),
    "sweep without -m": (["data=iio,turn"], "Add -m for a cell of each"),
    "no value": (["seed"], "write key=value"),
    "two cells of one name": (["-m", "optimizer.lr=0.1,0.10"], "would share the name"),
    "missing config dir": (["--config-dir", "nowhere"], "there is no such folder"),
}


@pytest.mark.parametrize(("words", "expected"), REFUSALS.values(), ids=REFUSALS.keys())
def test_mistakes_are_refused_in_words(
    words: list[str], expected: str, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *words]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert said.startswith("hackmentor train: ")
    assert "Traceback" not in said
    assert not (workplace / "outputs").exists()


@pytest.mark.parametrize("words", [["experiment=embeded"], ["+typo=3"], ["base=llama", "size=7b"]])
def test_refusals_come_before_torch(words: list[str], workplace: Path) -> None:
    done = light("train", *words, cwd=workplace)
    assert done.returncode == 2, done.stderr


def test_several_mistakes_are_listed_at_once(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "train.batch_size=0", "optimizer.lr=fast"]) == 2
    said = capsys.readouterr().err
    assert "train.batch_size=0" in said
    assert "optimizer.lr=fast" in said


def test_misspelt_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trian"]) == 2
    assert "did you mean train?" in capsys.readouterr().err


def test_missing_data_names_the_command(workplace: Path, tiny_llama: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", f"base.path={tiny_llama}"]) == 2
    assert "run `hackmentor data data=iio` first" in capsys.readouterr().err


def test_evaluate_before_train(workplace: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *tiny_words]) == 2
    assert "is trained yet; run `hackmentor train`" in capsys.readouterr().err


def test_review_before_train(workplace: Path) -> None:
    done = light("review", "experiment=embedded", cwd=workplace)
    assert done.returncode == 2, done.stderr
    assert "run `hackmentor train` with the same arguments first" in done.stderr


def test_online_tracking_without_a_key_is_refused_at_once(
    workplace: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("HOME", str(workplace))
    assert main(["train", *tiny_words, "tracker.mode=online"]) == 2
    assert "WANDB_API_KEY" in capsys.readouterr().err


def test_ctrl_c_while_a_verb_is_still_being_imported_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hackmentor.cli.import_module", interrupted)
    assert main(["rate"]) == 130
    assert capsys.readouterr().err == "hackmentor rate: interrupted\n"
