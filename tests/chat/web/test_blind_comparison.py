"""Two models side by side: what is kept of their answers, and votes that count once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hackmentor.chat.web.blind_comparison import BlindComparison, append_battle
from hackmentor.evaluate.ratings.read_battles import read_battles
from hackmentor.runtime.errors import UserError
from tests.chat.conftest import CELL
from tests.chat.web.conftest import BASE, ScriptedModel, start_conversations, start_scripted


def ignore(side: int, chunk: str) -> None: ...


def test_sides_are_drawn() -> None:
    both = start_scripted(ScriptedModel("one", ["1"]), ScriptedModel("two", ["2"]))
    assert {BlindComparison(both).names for _ in range(40)} == {("one", "two"), ("two", "one")}


def test_a_vote_is_a_battle_as_rate_reads_it(place: Path, tiny_llama: Path, battles: Path) -> None:
    both = start_conversations(tiny_llama)
    for win in ("model_a", "model_b", "tie"):
        comparison, sides = BlindComparison(both), []
        comparison.send("What is CWE-79?", lambda side, _, sides=sides: sides.append(side))
        assert set(sides) == {0, 1}
        comparison.save_vote(win, lambda battle: append_battle(battles, battle))  # type: ignore[arg-type]
    battles.write_text(battles.read_text() + '{"torn')
    append_battle(battles, comparison.to_battle("tie"))
    read = read_battles(battles)
    assert (len(read), set(read.models), read.has_questions) == (4, {BASE, CELL}, True)
    row = json.loads(battles.read_text().splitlines()[0])
    assert row["judge"] == "human"
    assert row["messages_a"][0] == {"role": "user", "content": "What is CWE-79?"}
    assert not (battles.parent / "battles.jsonl").exists()


def test_of_many_votes_at_once_one_counts(tmp_path: Path) -> None:
    comparison = BlindComparison(start_scripted(ScriptedModel("one", ["1"]), ScriptedModel("two", ["2"])))
    comparison.send("hello", ignore)
    barrier, file = threading.Barrier(12), tmp_path / "battles.jsonl"

    def vote(_: int) -> str:
        barrier.wait()
        try:
            comparison.save_vote("tie", lambda battle: append_battle(file, battle))
        except UserError as error:
            return str(error)
        return "counted"

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(vote, range(12)))
    assert outcomes.count("counted") == len(file.read_text().splitlines()) == 1
    assert set(outcomes) == {"counted", "This conversation is voted on already: start a new one."}


def test_a_vote_that_was_not_saved_can_be_given_again() -> None:
    comparison = BlindComparison(start_scripted(ScriptedModel("one", ["1"]), ScriptedModel("two", ["2"])))
    with pytest.raises(UserError, match="nothing to vote on"):
        comparison.save_vote("tie", lambda _: None)
    comparison.send("hello", ignore)

    def fail(_: dict[str, Any]) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        comparison.save_vote("tie", fail)
    comparison.save_vote("model_a", lambda _: None)
    assert comparison.vote == "model_a"
    with pytest.raises(UserError, match="voted on already"):
        comparison.send("more", ignore)


@pytest.mark.parametrize("failure", [UserError("too long"), RuntimeError("out of memory")])
def test_what_one_side_could_not_answer_neither_keeps(failure: Exception) -> None:
    long = ScriptedModel("one", ["first", "x" * 7000, "third"], seconds=0.01)
    comparison = BlindComparison(start_scripted(long, ScriptedModel("two", ["first", failure, "third"])))
    comparison.send("a", ignore)
    with pytest.raises(type(failure), match=str(failure)):
        comparison.send("b", ignore)  # the other side is stopped: it would take 10 s
    assert [exchange.message for exchange in comparison.exchanges] == ["a"]
    comparison.send("c", ignore)
    for side in comparison.sides:
        assert [message["content"] for message in side.messages] == ["a", "first", "c", "third"]


def test_retry_replaces_the_last_answers() -> None:
    models = ScriptedModel("one", ["1", "2", "3", UserError("no")]), ScriptedModel("two", ["1", "2", "3", "4"])
    comparison = BlindComparison(start_scripted(*models))
    with pytest.raises(UserError, match="no answer yet"):
        comparison.retry(ignore)
    comparison.send("a", ignore)
    comparison.send("b", ignore)
    comparison.retry(ignore)
    assert models[0].asked == ["a", "b", "b"]
    assert [exchange.replies[0].reply.text for exchange in comparison.exchanges] == ["1", "3"]
    with pytest.raises(UserError, match="no"):
        comparison.retry(ignore)
    for side in comparison.sides:
        assert [message["content"] for message in side.messages] == ["a", "1", "b", "3"]


def test_stopped_before_both_had_begun_nothing_is_kept() -> None:
    silent = ScriptedModel("one", ["never said"])
    comparison = BlindComparison(start_scripted(silent, ScriptedModel("two", ["a long answer"], seconds=0.1)))
    original = silent.generate_reply

    def wait_for_stop(messages: Any, sampling: Any, on_text: Any, should_stop: Any) -> Any:
        while not should_stop():
            pass
        return original(messages, sampling, on_text, should_stop)

    silent.generate_reply = wait_for_stop  # type: ignore[method-assign]
    with pytest.raises(UserError, match="Stopped before both had begun"):
        comparison.send("a", lambda side, chunk: comparison.stop())
    assert comparison.exchanges == ()
    assert [side.messages for side in comparison.sides] == [[], []]


def test_one_message_at_a_time() -> None:
    gate = threading.Event()
    comparison = BlindComparison(
        start_scripted(ScriptedModel("one", ["a long answer"], gate=gate), ScriptedModel("two", ["short"]))
    )
    with ThreadPoolExecutor(1) as pool:
        begun = threading.Event()
        first = pool.submit(comparison.send, "a", lambda side, chunk: begun.set())
        begun.wait()
        for refused in (lambda: comparison.send("b", ignore), lambda: comparison.save_vote("tie", lambda _: None)):
            with pytest.raises(UserError, match="still answering"):
                refused()
        gate.set()
        first.result()
    assert [exchange.message for exchange in comparison.exchanges] == ["a"]
