"""Two who answer the same person beside each other, whose names he does not know, and his vote."""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from hackmentor.chat.conversation import Conversation
from hackmentor.evaluate.judge.pair import Winner
from hackmentor.runtime.files import cut_torn_line
from hackmentor.runtime.lock import waited

# Beside the experiment's battles.jsonl, which `evaluate` writes anew each time.
BATTLES = "chat-battles.jsonl"


class Duel:
    """A conversation with both: who is on which side is drawn."""

    def __init__(self, two: tuple[Conversation, Conversation]) -> None:
        first, second = (one.anew() for one in two)
        self.sides = (second, first) if random.SystemRandom().random() < 0.5 else (first, second)
        self.stopped = threading.Event()
        self.voted = False

    @property
    def names(self) -> tuple[str, str]:
        """Who is left and who is right."""
        left, right = self.sides
        return left.speaker.name, right.speaker.name

    @property
    def begun(self) -> bool:
        """Whether both have answered something."""
        return all(one.messages for one in self.sides)

    def ask(self, text: str) -> Iterator[tuple[int, str]]:
        """Yields (side, piece of its answer): first all of the left side, then all of the right.

        Raises:
            UserError: as `Conversation.ask`.
        """
        self.stopped.clear()
        try:
            for side, one in enumerate(self.sides):
                for piece in _pieces(one, text, self.stopped):
                    yield side, piece
        finally:
            self.stopped.set()  # a closed page needs no answer

    def battle(self, win: Winner) -> dict[str, Any]:
        """The vote as a battle, with all that was said: model_a was on the left."""
        left, right = self.sides
        asked = "\0".join(message["content"] for message in left.messages if message["role"] == "user")
        return {
            "question_id": f"chat/{hashlib.sha256(asked.encode()).hexdigest()[:16]}",
            "set": "chat",
            "category": "chat",
            "model_a": left.speaker.name,
            "model_b": right.speaker.name,
            "win": win,
            "judge": "human",
            "reason": "chosen in a chat by a person who saw no names",
            "votes": [win],
            "messages_a": left.whole,
            "messages_b": right.whole,
        }


def _pieces(one: Conversation, text: str, stopped: threading.Event) -> Iterator[str]:
    """An answer as an iterator: generation calls back, so it runs in a thread of its own."""
    queue: SimpleQueue[str | None] = SimpleQueue()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(one.ask, text, queue.put, asked_to_stop=stopped.is_set)
        answer.add_done_callback(lambda _: queue.put(None))
        try:
            yield from iter(queue.get, None)
        except GeneratorExit:
            stopped.set()
            raise
    answer.result()


def keep(file: Path, battle: dict[str, Any]) -> None:
    """Adds a battle to a file; when this returns it is on the disk."""
    with waited(file.with_suffix(".lock")):
        cut_torn_line(file)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(battle, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
