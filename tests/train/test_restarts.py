"""A cell that is killed goes on where it was, and ends where it would have ended, to the last bit."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaModel

from hackmentor.cell.checkpoints import CheckpointFolder
from hackmentor.cli import main
from hackmentor.model.device import resolve_precision
from tests.train.conftest import Place

KILLS = 22
# What waitpid leaves of -9 and -15, and the codes of runs that have saved themselves on SIGTERM and Ctrl-C.
KILLED, ENDED, SAVED, INTERRUPTED = 247, 241, 143, 130


@pytest.mark.long
def test_killed_at_any_moment_it_ends_like_an_undisturbed_run(
    place: Place, another_place: Place, restart_words: list[str]
) -> None:
    # So many steps that a fast machine is not done before the last kill.
    words = [word.replace("max_epochs=4", "max_epochs=20") for word in restart_words]
    assert place.attempt(words) == 0, place.log
    chance, codes = random.Random(0), []
    for number in range(KILLS):
        # Most within the steps, some wherever the time falls: while the model loads, at the end.
        kind = chance.choices([signal.SIGKILL, signal.SIGTERM, signal.SIGINT], [6, 1, 1])[0]
        rows = 0 if number % 4 == 3 else chance.randint(1, 2)
        codes.append(another_place.attempt(words, kind, rows, chance.uniform(0, 0.1 if rows else 1)))
    assert another_place.attempt(words) == 0, another_place.log
    assert sum(code != 0 for code in codes) >= 20, codes
    assert {KILLED, SAVED, INTERRUPTED} <= set(codes) <= {0, KILLED, ENDED, SAVED, INTERRUPTED}, codes
    assert another_place.result() == place.result()
    assert len(place.result()[1]) == 220 + 4 + 1  # steps, validations in the fit, the one after it


def test_a_process_of_its_own_that_is_killed(place: Place, another_place: Place, restart_words: list[str]) -> None:
    """As above, with the very command: nothing of it may depend on how the attempts above are started."""
    words = [*restart_words, "trainer.max_steps=13"]
    assert place.attempt(words) == 0
    command = [sys.executable, "-m", "hackmentor", "train", *words]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=another_place.path, env=environment) as process:
        while process.poll() is None and 6 not in another_place.steps():
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert 6 <= another_place.steps()[-1] < 13
    subprocess.run(command, cwd=another_place.path, env=environment, check=True)
    assert another_place.result() == place.result()
    assert place.card["figures"]["steps"] == 13


def test_sigterm_saves_the_step_it_comes_in(place: Place, restart_words: list[str]) -> None:
    words = [*restart_words, "train.checkpoint_steps=null", "train.checkpoint_minutes=1000"]
    assert place.attempt(words, signal.SIGTERM, rows=3) == SAVED
    (step,) = place.steps()
    assert 0 < step < 44
    assert f"stopped by SIGTERM; step {step} is saved, the same command continues from there" in place.log
    # How often it saves itself does not decide the weights: a continued run may have another rhythm.
    assert place.attempt(words, signal.SIGINT, rows=2) == INTERRUPTED
    assert place.attempt([*restart_words, "train.checkpoint_steps=40"]) == 0
    assert f"continuing after step {step}" in place.log


def test_the_last_few_checkpoints_stay_and_the_best(place: Place, restart_words: list[str]) -> None:
    assert place.attempt([*restart_words, "train.keep_checkpoints=3", "train.validations=22"]) == 0, place.log
    losses = {int(row["step"]) + 1: float(row["val_loss"]) for row in place.result()[1][:-1] if row["val_loss"]}
    best = min(losses, key=lambda step: losses[step])
    assert place.steps() == sorted({best, 42, 43, 44})
    assert not list(place.cell.glob("checkpoints/*.part"))


def test_keep_best_makes_the_adapter_of_the_best_weights(place: Place, restart_words: list[str]) -> None:
    words = [*restart_words, "train.keep=best", "train.validations=22"]
    assert place.attempt(words, signal.SIGTERM, rows=8) == SAVED
    best = CheckpointFolder(place.cell / "checkpoints", keep=2).find_best()
    assert best is not None
    # So low that no step after it is better, however well the training goes.
    file = place.cell / "checkpoints" / f"step={best.step}.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"val_loss": 0.0}))
    assert place.attempt(words) == 0, place.log
    assert place.card["figures"]["val_loss"] == pytest.approx(best.val_loss, abs=1e-6)
    assert f"keeping the weights of step {best.step}," in place.log


@pytest.mark.parametrize("damage", ["truncated", "flipped", "gone", "undescribed"])
def test_a_damaged_checkpoint_is_left_for_the_one_before(place: Place, restart_words: list[str], damage: str) -> None:
    assert place.attempt(restart_words, signal.SIGTERM, rows=3) == SAVED
    before, newest = place.steps()
    file = place.cell / "checkpoints" / f"step={newest}.ckpt"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "gone":
        file.unlink()
    elif damage == "undescribed":
        file = file.with_suffix(".json")
        file.write_text(file.read_text()[:-100])
    else:
        file.write_bytes(content[:-1000] if damage == "truncated" else content)
    assert place.attempt(restart_words, signal.SIGTERM, rows=1) == SAVED
    assert f"{file.relative_to(place.path)} is damaged" in place.log
    assert f"continuing after step {before}," in place.log


def test_a_full_disk_is_said_and_costs_nothing(place: Place, another_place: Place, restart_words: list[str]) -> None:
    words = [*restart_words, "trainer.max_epochs=1", "method.rank=64"]
    assert place.attempt(words) == 0
    assert another_place.attempt(words, signal.SIGTERM, rows=3) == SAVED
    step = another_place.steps()[-1]
    size = (another_place.cell / "checkpoints" / f"step={step}.ckpt").stat().st_size
    assert another_place.attempt(words, file_size=size - 1000) == 2, another_place.log
    assert f"the checkpoint of step {step + 1} could not be written: File too large" in another_place.log
    assert f"The checkpoint of step {step} is whole; make room" in another_place.log
    assert another_place.steps()[-1] == step
    assert another_place.attempt(words) == 0
    assert another_place.result() == place.result()


def test_the_end_is_taken_up_without_training_again(place: Place, restart_words: list[str]) -> None:
    assert place.attempt(restart_words) == 0
    result = place.result()
    checkpoint = place.cell / "checkpoints" / "step=44.ckpt"
    written = checkpoint.stat().st_mtime_ns
    (place.cell / "done.json").unlink()
    (place.cell / "adapter" / "adapter_model.safetensors").write_bytes(b"half of")
    assert place.attempt(restart_words) == 0, place.log
    assert place.result() == result
    assert checkpoint.stat().st_mtime_ns == written
    assert (place.cell / "done.json").is_file()
    assert not list(place.cell.glob(".*"))


def test_another_configuration_does_not_continue_it(place: Place, restart_words: list[str]) -> None:
    assert place.attempt(restart_words, signal.SIGTERM, rows=1) == SAVED
    steps = place.steps()
    assert place.attempt([*restart_words, "optimizer.lr=0.5"]) == 2
    assert "an unfinished training with another configuration (optimizer.lr was 0.01, now 0.5)" in place.log
    assert place.steps() == steps


def saved_on(place: Place, devices: int) -> None:
    for file in place.cell.glob("checkpoints/*.json"):
        file.write_text(
            json.dumps(json.loads(file.read_text()) | {"world_size": devices, "versions": {"torch": "1.0"}})
        )


def test_another_number_of_devices_continues_the_same_steps(
    place: Place, another_place: Place, restart_words: list[str]
) -> None:
    words = [*restart_words, "train.batch_size=3"]
    assert another_place.attempt(words) == 0
    assert place.attempt(words, signal.SIGTERM, rows=1) == SAVED
    saved_on(place, 2)
    assert place.attempt(words) == 0, place.log
    assert "was saved on 2 devices, this training has 1" in place.log
    assert f"was made with torch 1.0 (here {torch.__version__.partition('+')[0]}" in place.log
    assert place.result() == another_place.result()


def test_another_number_of_devices_that_makes_other_steps_is_refused(place: Place, restart_words: list[str]) -> None:
    assert place.attempt(restart_words, signal.SIGTERM, rows=1) == SAVED
    saved_on(place, 1000)
    assert place.attempt(restart_words) == 2
    assert "an unfinished training on 1000 devices, this one has 1" in place.log


def test_it_goes_on_in_the_precision_it_began_in(place: Place, restart_words: list[str]) -> None:
    assert place.attempt(restart_words, signal.SIGTERM, rows=1) == SAVED
    # As if another machine had begun it, on which auto means the other one.
    other = "32-true" if resolve_precision("auto", "cpu") == "bf16-mixed" else "bf16-mixed"
    for file in place.cell.glob("checkpoints/*.json"):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"precision": other}))
    assert place.attempt([*restart_words, "train.checkpoint_steps=44"]) == 0, place.log
    assert place.card["adapter"]["precision"] == other


def test_a_divergence_names_step_records_and_checkpoint(place: Place, restart_words: list[str]) -> None:
    assert place.attempt([*restart_words, "optimizer.lr=1e38", "optimizer.gradient_clip=null"]) == 1
    newest = place.steps()[-1]
    said = next(line for line in place.log.splitlines() if f"at step {newest}, records " in line)
    assert said.endswith(
        f"the last checkpoint before it is {Path('outputs')}/adhoc/{place.cell.name}/checkpoints/step={newest}.ckpt"
    )
    assert not (place.cell / "done.json").exists()


def test_every_attempt_continues_one_tracked_run(place: Place, restart_words: list[str]) -> None:
    words = [*[word for word in restart_words if word != "tracker=none"], "trainer.max_epochs=1"]
    assert place.attempt(words, signal.SIGTERM, rows=2) == SAVED
    assert place.attempt(words) == 0, place.log
    run = json.loads((place.cell / "run.json").read_text())["id"]
    runs = sorted((place.path / "outputs" / "wandb").glob("offline-run-*"))
    assert [f"-{run}" in folder.name for folder in runs] == [True, True]


def test_what_memory_allowed_is_remembered(
    workplace: Path, restart_words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    forward = LlamaModel.forward

    def short_of_memory(self: LlamaModel, input_ids: torch.Tensor, **words: Any) -> Any:
        if input_ids.shape[1] > 50:  # the trial of packing before the first step has fewer
            sizes.append(input_ids.shape[1])
            if sizes[-1] > 400:
                raise torch.OutOfMemoryError("CUDA out of memory")
            if len(sizes) == 5:
                os.kill(os.getpid(), signal.SIGTERM)
        return forward(self, input_ids=input_ids, **words)

    monkeypatch.setattr(LlamaModel, "forward", short_of_memory)
    words = [*restart_words, "train.batch_size=4", "train.micro_batch_tokens=512", "trainer.max_epochs=1"]
    assert main(["train", *words]) == SAVED
    # As packed, then with recomputation, then in halves.
    assert sizes[0] == sizes[1] > 400
    assert max(sizes[2:]) <= 256
    assert main(["train", *words]) == 0
    assert max(sizes[2:]) <= 256
    state = torch.load(max(workplace.glob("outputs/*/*/checkpoints/*.ckpt")), weights_only=True)
    assert state["recomputes"] is True
    assert 150 < state["most_tokens"] <= 256
    card = json.loads((workplace / "outputs" / "adhoc" / "smollm2-135m-lora-iio" / "card.json").read_text())
    assert card["figures"]["steps"] == 6
