"""Damaged files of a cell, and of adapters that came without a card: each verb says one sentence, or does without."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from hackmentor.cli import main
from tests.fuzz import count_examples

CELL, BASE = "smollm2-135m-lora-iio", "smollm2-135m"
OF_THE_CELL = (
    "config.yaml", "card.json", "done.json", "state.json", "progress.json", "metrics.csv", "train.log", "answers.jsonl",
    "held_out.json", "exam.json", "evaluate-run.json", "run.json", "checkpoints/step=2.json", "checkpoints/step=2.ckpt",
)  # fmt: skip
OF_THE_ADAPTER = (
    "adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "tokenizer_config.json",
    "chat_template.jinja",
)  # fmt: skip
OF_THE_BASE = ("answers.jsonl", "held_out.json", "exam.json", "evaluate-run.json")
OF_THE_EXPERIMENT = ("verdict.json", "ratings.json", "battles.jsonl")
FILES = [
    *(f"{CELL}/{name}" for name in OF_THE_CELL),
    *(f"{CELL}/adapter/{name}" for name in OF_THE_ADAPTER),
    *(f"{BASE}/{name}" for name in OF_THE_BASE),
    *OF_THE_EXPERIMENT,
]
CONTENTS = [
    b"", b"\0\xff\xfe", b"[]", b"null", b"3", b'"x"', b"NaN", b"{", b"{}", b"[[]]", b"[" * 100_000, b'{"a":' * 100_000,
    b"[" * 400 + b"]" * 400, b"9" * 5000, b"1e999", b'{"a":"\xff"}', b"\xef\xbb\xbf{}", b"{}\n{}\n", b"a: b: c",
    b'step,loss\n1,"' + b"x" * 200_000 + b'"\n', b"\x1b[2J",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, -1, 1e308, float("nan"), float("inf"), 10**400, "x", "", "\ud800", [], {}, [[]], [None], {"a": None},
    [1, "x"], {"x": {"y": []}},
]  # fmt: skip
KINDS = ("folder", "dangling link", "link to itself", "pipe", "missing")


@dataclass(frozen=True)
class Content:
    """The file holds something else."""

    content: bytes


@dataclass(frozen=True)
class Cut:
    """The file ends too early."""

    share: float


@dataclass(frozen=True)
class Flip:
    """A byte is another one."""

    place: float
    byte: int


@dataclass(frozen=True)
class Value:
    """A value in it is another one, or missing."""

    line: int
    place: int
    value: Any
    removed: bool


@dataclass(frozen=True)
class Kind:
    """It is no file."""

    kind: str


Damage = Content | Cut | Flip | Value | Kind
damages = st.one_of(
    st.sampled_from(CONTENTS).map(Content),
    st.floats(0, 1, exclude_max=True).map(Cut),
    st.builds(Flip, st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
    *[st.builds(Value, st.integers(0, 3), st.integers(0, 400), st.sampled_from(VALUES), st.booleans())] * 3,
    st.sampled_from(KINDS).map(Kind),
)


def list_places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values below one."""
    yield above
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from list_places(part, (*above, key))


def change(value: Any, place: tuple[Any, ...], damage: Value) -> Any:
    if not place:
        return damage.value
    value = value.copy()
    if damage.removed and len(place) == 1:
        del value[place[0]]
    else:
        value[place[0]] = change(value[place[0]], place[1:], damage)
    return value


def apply(damage: Damage, file: Path) -> None:
    content = file.read_bytes() if file.is_file() else b"{}"
    match damage:
        case Content(content=new):
            file.write_bytes(new)
        case Cut(share=share):
            file.write_bytes(content[: int(share * len(content))])
        case Flip(place=place, byte=byte):
            index = int(place * len(content))
            file.write_bytes(content[:index] + bytes([byte]) + content[index + 1 :])
        case Value():
            file.write_bytes(change_value(file, content, damage))
        case Kind(kind=kind):
            file.unlink(missing_ok=True)
            make_kind(kind, file)


def change_value(file: Path, content: bytes, damage: Value) -> bytes:
    if file.suffix not in (".json", ".jsonl", ".yaml"):
        return json.dumps(damage.value).encode()
    lines = content.decode().splitlines() if file.suffix == ".jsonl" else [content.decode()]
    values = [yaml.safe_load(line) if file.suffix == ".yaml" else json.loads(line) for line in lines]
    index = damage.line % len(values)
    places = sorted(list_places(values[index]), key=len)
    values[index] = change(values[index], places[damage.place % len(places)], damage)
    return "".join(json.dumps(value) + "\n" for value in values).encode()


def make_kind(kind: str, file: Path) -> None:
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind != "missing":
        file.symlink_to("nowhere" if kind == "dangling link" else file.name)


@dataclass(frozen=True)
class Place:
    """Where a cell was trained and evaluated, a copy of its outputs, and the words that ask for it."""

    folder: Path
    copy: Path
    words: list[str]

    def restore(self) -> Path:
        shutil.rmtree(self.folder / "outputs")
        shutil.copytree(self.copy, self.folder / "outputs")
        return self.folder / "outputs/adhoc"


@pytest.fixture(scope="module")
def place(tiny_words: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A cell of the tiny model, trained and evaluated; its folder is the working directory."""
    folder = tmp_path_factory.mktemp("damaged")
    words = ["base=smollm2", "size=135m", "data=iio", *tiny_words, "tracker=none"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["train", *words]) == main(["evaluate", *words]) == 0
        shutil.copytree(folder / "outputs", folder / "copy")
        yield Place(folder, folder / "copy", words)


def run(words: list[str]) -> tuple[int, str]:
    """The exit code of a command, and what it said on standard error."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hi\n")))
        with contextlib.redirect_stderr(said):
            code = main(words)
    return code, said.getvalue()


def check(verb: str, file: str, damage: Damage, place: Place) -> None:
    experiment = place.restore()
    apply(damage, experiment / file)
    of_a_cell = {"chat": ["chat.max_new_tokens=2"], "export": ["export.questions=[Why?]", "export.answer_tokens=2"]}
    code, said = run([verb, CELL, *of_a_cell[verb]] if verb in of_a_cell else [verb, *place.words])
    assert code in (0, 1, 2), said
    assert "Traceback" not in said
    if code == 2:
        [sentence] = [line for line in said.splitlines() if line.startswith(f"hackmentor {verb}: ")]
        assert Path(file).name in sentence or CELL in sentence


# Not shrunk: what is damaged is small already, and a run takes up to a second.
fuzzed = settings(phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow])


@settings(fuzzed, max_examples=count_examples(220))
@given(st.sampled_from(["status", "status", "review", "plan"]), st.sampled_from(FILES), damages)
@example("review", f"{CELL}/metrics.csv", Content(b"step,loss\n\xff,\xfe\n"))
@example("status", f"{CELL}/progress.json", Content(b"[]"))
@example("review", "verdict.json", Content(b"[" * 100_000))
@example("review", f"{CELL}/card.json", Value(0, 2, [], removed=False))
def test_a_damaged_file_is_a_sentence_where_cells_are_looked_at(
    place: Place, verb: str, file: str, damage: Damage
) -> None:
    check(verb, file, damage, place)


@settings(fuzzed, max_examples=count_examples(50))
@given(st.sampled_from(["chat", "export", "evaluate", "train"]), st.sampled_from(FILES), damages)
@example("export", f"{CELL}/done.json", Content(b"{}"))
@example("export", f"{CELL}/card.json", Kind("missing"))
@example("export", f"{CELL}/adapter/chat_template.jinja", Kind("link to itself"))
@example("chat", f"{CELL}/config.yaml", Content(b"[" * 100_000))
@example("evaluate", f"{CELL}/held_out.json", Cut(0.5))
def test_a_damaged_file_is_a_sentence_where_cells_are_used(place: Place, verb: str, file: str, damage: Damage) -> None:
    check(verb, file, damage, place)


@settings(fuzzed, max_examples=count_examples(40))
@given(st.sampled_from(OF_THE_ADAPTER), damages)
@example("adapter_config.json", Content(b"[]"))
def test_a_damaged_adapter_of_a_stranger_is_a_sentence(place: Place, file: str, damage: Damage) -> None:
    adapter = place.restore() / CELL / "adapter"
    shutil.rmtree(place.folder / "stranger", ignore_errors=True)
    shutil.copytree(adapter, place.folder / "stranger")
    apply(damage, place.folder / "stranger" / file)
    base = [word for word in place.words if word.startswith(("base", "size"))]
    code, said = run(["chat", *base, "adapter=stranger", "chat.max_new_tokens=2"])
    assert code in (0, 2), said
    assert "Traceback" not in said
    assert code == 0 or "stranger" in said
