"""A folder as 0.1.0 wrote it: every verb reads it, and nothing in it is trained, measured or asked anew."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from hackmentor.cli import main
from hackmentor.config.command_line import name_new_experiment
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.evaluate.contestants import Contestant

CELL = "smollm2-135m-lora-iio"
WORDS = ["base=smollm2", "size=135m", "data=iio"]

# Every key of a cell's config.yaml in 0.1.0, and the fields of its other files; None stands for whatever is below it.
CONFIG: dict[str, set[str] | None] = {
    "name": None,
    "experiment": None,
    "seed": None,
    "base": {
        "name", "licence", "templates", "system_prompt", "lora_targets", "path", "trust_remote_code", "checkpoints",
    },
    "size": {"name", "micro_batch_tokens", "checkpoints"},
    "method": {"name", "rank", "alpha", "dropout", "targets", "rslora", "dora", "init"},
    "data": {"name", "shape", "sources", "eval_fraction", "max_train", "max_eval", "against", "licence", "skip_bad"},
    "quant": {"name", "keep"},
    "optimizer": {"name", "lr", "weight_decay", "betas", "eps", "warmup_fraction", "schedule", "gradient_clip"},
    "trainer": {"accelerator", "devices", "num_nodes", "strategy", "precision", "max_epochs", "max_steps"},
    "tracker": {"name", "mode", "project", "entity"},
    "paths": {"outputs", "models", "data"},
    "grid": {"parallel", "order", "retry", "fail_fast"},
    "train": {
        "batch_size", "micro_batch_tokens", "cutoff", "overlength", "max_records", "validations", "validation_records",
        "checkpoint_minutes", "checkpoint_steps", "keep_checkpoints", "keep",
    },
    "evaluate": {
        "cutoff", "records", "questions", "files", "max_new_tokens", "batch_tokens", "exam", "safety", "shown",
        "endpoints",
    },
    "judge": None,
    "teacher": None,
    "job": None,
    "inspect": {"side", "records", "ids", "tokens", "output"},
    "plan": None,
    "review": None,
}  # fmt: skip
GEOMETRY = {"layers", "hidden", "intermediate", "heads", "kv_heads", "head_dim", "vocab", "tied", "head_norms"}
DONE = {"fingerprint", "decided_by"}
MANIFEST = {"step", "sha256", "decided_by", "world_size", "val_loss", "saved_at"}
FILES = {
    "adapter", "answers.jsonl", "card.json", "checkpoints", "config.yaml", "done.json", "evaluate-run.json",
    "exam.json", "held_out.json", "metrics.csv", "progress.json", "run.json", "train.lock", "train.log",
}  # fmt: skip


def prune_config(config: dict[str, Any]) -> dict[str, Any]:
    """The keys of 0.1.0 alone."""
    kept = {}
    for section, keys in CONFIG.items():
        value = config.get(section)
        kept[section] = value if keys is None or value is None else {k: v for k, v in value.items() if k in keys}
    for checkpoint in kept["base"]["checkpoints"].values():
        if checkpoint["geometry"]:
            checkpoint["geometry"] = {k: v for k, v in checkpoint["geometry"].items() if k in GEOMETRY}
    return kept


def prune_decided_by(fields: dict[str, Any]) -> dict[str, Any]:
    """What 0.1.0 kept of a configuration: it knew no hash of a template's text."""
    sections = {
        key: {k: v for k, v in value.items() if CONFIG.get(key) is None or k in (CONFIG[key] or ())}
        for key, value in fields.items()
        if isinstance(value, dict)
    }
    sections["base"]["checkpoint"] = fields["base"]["checkpoint"]
    sections["data"] = {key: fields["data"][key] for key in ("name", "sha256")}
    return {"seed": fields["seed"], **sections}


def rewrite_json(path: Path, keys: set[str]) -> None:
    content = {key: value for key, value in json.loads(path.read_text()).items() if key in keys}
    content["decided_by"] = prune_decided_by(content["decided_by"])
    path.write_text(json.dumps(content, indent=2))


def make_old(cell: Path) -> None:
    """Takes from a cell's folder all that 0.1.0 did not write."""
    for path in cell.iterdir():
        if path.name not in FILES:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    config = cell / "config.yaml"
    config.write_text(yaml.safe_dump(prune_config(yaml.safe_load(config.read_text())), sort_keys=False))
    rewrite_json(cell / "done.json", DONE)
    for manifest in (cell / "checkpoints").glob("*.json"):
        rewrite_json(manifest, MANIFEST)


@pytest.fixture(scope="module")
def finished(tiny_words: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """outputs/ of a cell that is trained and evaluated, as 0.1.0 would have left it."""
    folder = tmp_path_factory.mktemp("earlier")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for verb in ("train", "evaluate"):
            assert main([verb, *WORDS, *tiny_words, "tracker=none"]) == 0
    make_old(folder / "outputs/adhoc" / CELL)
    return folder / "outputs"


@pytest.fixture
def outputs(finished: Path, workplace: Path) -> Path:
    """A copy of it, in the working directory."""
    return Path(shutil.copytree(finished, workplace / "outputs"))


def read_results(outputs: Path) -> dict[Path, bytes]:
    names = {
        "held_out.json",
        "exam.json",
        "answers.jsonl",
        "verdict.json",
        "battles.jsonl",
        "adapter_model.safetensors",
    }
    return {path: path.read_bytes() for path in outputs.rglob("*") if path.name in names}


def test_nothing_is_trained_or_measured_anew(
    outputs: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_results(outputs)
    assert len(before) == 2 * 3 + 3
    assert main(["train", *WORDS, *tiny_words, "tracker=none"]) == 0

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr("hackmentor.evaluate.measure_contestants.load_cell_base", refuse)
    assert main(["evaluate", *WORDS, *tiny_words, "tracker=none"]) == 0
    assert read_results(outputs) == before
    assert "is done already" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status"], CELL),
        (["review", *WORDS], "review.html"),
        (["export", CELL, "format=adapter", "export.questions=[What is CWE-79?]", "export.answer_tokens=4"], CELL),
        (["export", CELL, "format=merged", "export.questions=[What is CWE-79?]", "export.answer_tokens=4"], CELL),
    ],
    ids=["status", "review", "adapter", "merged"],
)
def test_a_verb_reads_it(
    words: list[str], said: str, outputs: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, *(tiny_words if words[0] == "review" else [])]) == 0
    assert said in capsys.readouterr().out.replace("\n", "")


def test_one_chats_with_it(outputs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"What is CWE-79?\n")))
    assert main(["chat", CELL, "chat.max_new_tokens=4"]) == 0
    assert capsys.readouterr().out.strip()


def test_the_identity_of_an_untuned_base_is_what_it_was() -> None:
    """In 0.1.0 the base of the embedded grid had this one; where it changes, everyone's bases are measured anew."""
    request = CommandRequest("evaluate", tuple(name_new_experiment(["experiment=embedded"], None)))
    with hydra_initialized(request) as hydra:
        config = compose_grid(hydra, request).cells[0].config
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hackmentor.evaluate.contestants.find_base_folder", lambda _: "models/pretrained/smollm2-135m")
        identity = Contestant(config.untuned, config, tuned=False).identity
    assert identity == "f5646d2e3523af6c40c93d68792abbf864ec4d6133d71e53f2fdd3eea35a4f32"
