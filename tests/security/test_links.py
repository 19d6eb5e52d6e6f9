"""Links under the names of our files, put there by a stranger's archive or another user: none is written through."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hackmentor.chat.web.blind_comparison import append_battle
from hackmentor.cli import main
from hackmentor.endpoint.reply_journal import opened_reply_journal
from hackmentor.evaluate.answer_log import AnswerLog
from hackmentor.evaluate.question import Question
from hackmentor.runtime.files import folder_replaced, open_own, write_text
from hackmentor.runtime.lock import lock_awaited, lock_held, lock_passed_to_child

PRECIOUS = "what somebody else has written\n"
Link = Callable[[Path, Path], None]


def hold(file: Path) -> None:
    with lock_held(file):
        pass


def wait_for(file: Path) -> None:
    with lock_awaited(file):
        pass


def pass_on(file: Path) -> None:
    with lock_passed_to_child(file):
        pass


def append(file: Path) -> None:
    with open_own(file, "a") as stream:
        stream.write("ours")


def answer(file: Path) -> None:
    file.rename(file.with_name("answers.jsonl"))
    question = Question("q", "own", "iio", "own", ({"role": "user", "content": "?"},), "", 1)
    AnswerLog(file.parent, "cell", "identity").add(question, "text", prompt_tokens=1, tokens=1, stop="end")


def journal(file: Path) -> None:
    with opened_reply_journal(file):
        pass


def vote(file: Path) -> None:
    append_battle(file, {"win": "tie"})


def make_pipe(file: Path, _: Path) -> None:
    os.mkfifo(file)


LINKS: dict[str, Link] = {
    "symbolic": lambda file, target: file.symlink_to(target),
    "dangling": lambda file, target: file.symlink_to(target.with_name("nowhere")),
    "hard": lambda file, target: file.hardlink_to(target),
    "pipe": make_pipe,
}


@pytest.mark.parametrize(
    "write", [hold, wait_for, pass_on, append, journal, answer, vote], ids=lambda write: write.__name__
)
@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_nothing_is_written_through_a_link(link: Link, write: Callable[[Path], None], tmp_path: Path) -> None:
    target, folder = tmp_path / "precious.txt", tmp_path / "cell"
    target.write_text(PRECIOUS)
    folder.mkdir()
    link(folder / "ours", target)
    with pytest.raises(OSError, match="is not written to; remove it"):
        write(folder / "ours")
    assert target.read_text() == PRECIOUS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cell", "precious.txt"]


def test_a_file_is_replaced_and_what_it_was_linked_to_stays(tmp_path: Path) -> None:
    target, file = tmp_path / "precious.txt", tmp_path / "card.json"
    target.write_text(PRECIOUS)
    file.symlink_to(target)
    for guess in (f".card.json.{os.getpid()}", ".card.json.part", ".card.json"):
        (tmp_path / guess).symlink_to(target)
    write_text(file, "ours")
    assert (file.read_text(), file.is_symlink(), target.read_text()) == ("ours", False, PRECIOUS)


def test_a_folder_is_replaced_and_what_it_was_linked_to_stays(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "precious.txt").write_text(PRECIOUS)
    for name in ("adapter", ".adapter.new", ".adapter.old"):
        (tmp_path / name).symlink_to(theirs)
    with folder_replaced(tmp_path / "adapter") as new:
        (new / "ours").write_text("ours")
    assert [path.name for path in theirs.iterdir()] == ["precious.txt"]
    assert not (tmp_path / "adapter").is_symlink()


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_data_with_a_linked_lock_is_a_sentence(link: Link, workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = workplace / "precious.txt"
    target.write_text(PRECIOUS)
    (workplace / "data/iio").mkdir(parents=True)
    link(workplace / "data/iio/build.lock", target)
    assert main(["data", "data=iio", "data.sources=[cwe]"]) == 2
    assert "build.lock: is " in capsys.readouterr().err
    assert target.read_text() == PRECIOUS


@pytest.mark.parametrize("name", ["train.log", "metrics.csv", "progress.json", "state.json"])
def test_a_cell_writes_no_file_through_a_link(
    name: str, workplace: Path, tiny_words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    target, cell = workplace / "precious.txt", workplace / "outputs/adhoc/smollm2-135m-lora-iio"
    target.write_text(PRECIOUS)
    cell.mkdir(parents=True)
    (cell / name).symlink_to(target)
    assert main(["train", "base=smollm2", "size=135m", "data=iio", *tiny_words]) == 2
    assert f"{name}: is a link" in capsys.readouterr().err
    assert target.read_text() == PRECIOUS


def test_a_lock_says_who_holds_it(tmp_path: Path) -> None:
    with lock_held(tmp_path / "a.lock"):
        assert json.loads((tmp_path / "a.lock").read_text())["pid"] == os.getpid()
