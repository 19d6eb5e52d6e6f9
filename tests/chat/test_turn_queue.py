"""Two models on one base answer at the same time, token by token, and each answers as it does alone."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from hackmentor.chat.chat_model import ChatModel, ChatReply
from hackmentor.chat.model_loader import ModelLoader
from hackmentor.chat.turn_queue import TurnQueue
from tests.chat.conftest import CELL, GREEDY, resolve
from tests.chat.test_chat_model import FIRST_TURN, SECOND_TURN
from tests.chat.test_chat_model import GREEDY as SAMPLING

LONG = replace(SAMPLING, max_new_tokens=200)


@pytest.fixture
def models(place: Path, tiny_llama: Path) -> tuple[ChatModel, ChatModel]:
    """A cell and its base, which share the weights in memory."""
    loader = ModelLoader(GREEDY, 0)
    loader._queue._min_seconds = 0
    words = (f"base.path={tiny_llama}", "quant=none")
    cell, base = (loader.load_model(resolve(name, *words)) for name in (CELL, "smollm2-135m"))
    assert cell._shared is base._shared
    return cell, base


def test_replies_at_the_same_time_are_those_of_each_model_alone(models: tuple[ChatModel, ChatModel]) -> None:
    alone = [model.generate_reply(FIRST_TURN, LONG, lambda _: None).text for model in models]
    assert alone[0] != alone[1]
    order: list[int] = []

    def generate(side: int) -> ChatReply:
        return models[side].generate_reply(SECOND_TURN[:1], LONG, lambda _: order.append(side))

    with ThreadPoolExecutor(2) as pool:
        together = [reply.text for reply in pool.map(generate, (0, 1))]
    assert together == alone
    handed_over = sum(1 for one, other in pairwise(order) if one != other)
    assert handed_over > 20, "B begins before A has ended"


def test_a_stop_of_one_leaves_the_other_going(models: tuple[ChatModel, ChatModel]) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(models[0].generate_reply, FIRST_TURN, LONG, lambda _: stop.set(), stop.is_set)
        second = pool.submit(models[1].generate_reply, FIRST_TURN, LONG, lambda _: None)
    assert first.result().stop == "stopped"
    assert second.result().text == models[1].generate_reply(FIRST_TURN, LONG, lambda _: None).text


def test_turns_go_round_in_order() -> None:
    queue, order, barrier = TurnQueue(min_seconds=0), [], threading.Barrier(3)

    def work(name: str) -> None:
        barrier.wait()
        with queue.turns() as turns:
            for _ in range(50):
                order.append(name)
                time.sleep(0.001)
                if turns.is_over:
                    turns.end()
                    turns.wait()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, "abc"))
    middle = order[20:-20]
    assert all(len(set(middle[at : at + 3])) == 3 for at in range(len(middle) - 2)), order


def test_an_error_ends_the_turn() -> None:
    queue = TurnQueue()
    with pytest.raises(KeyboardInterrupt), queue.turns():
        raise KeyboardInterrupt
    with queue.turns() as turns:
        assert not turns.is_over
