"""A blind comparison: two models answer the same user side by side, names hidden, and the user votes."""

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
from hackmentor.runtime.files import remove_incomplete_line
from hackmentor.runtime.lock import lock_awaited

# Beside the experiment's battles.jsonl, which each `evaluate` overwrites.
BATTLES_FILE = "chat-battles.jsonl"


class BlindComparison:
    """A conversation with two models; which one is on the left is random."""

    def __init__(self, conversations: tuple[Conversation, Conversation]) -> None:
        first, second = (conversation.copy_empty() for conversation in conversations)
        self.sides = (second, first) if random.SystemRandom().random() < 0.5 else (first, second)
        self.stop_requested = threading.Event()
        self.voted = False

    @property
    def names(self) -> tuple[str, str]:
        """The names of the left and the right model."""
        left, right = self.sides
        return left.model.name, right.model.name

    @property
    def has_replies(self) -> bool:
        """Whether both models have answered at least once."""
        return all(conversation.messages for conversation in self.sides)

    def send(self, text: str) -> Iterator[tuple[int, str]]:
        """Sends a message to both models; yields (side, chunk of its answer), all of the left side first.

        Raises:
            UserError: as `Conversation.send`.
        """
        self.stop_requested.clear()
        try:
            for side, conversation in enumerate(self.sides):
                for chunk in _stream_reply(conversation, text, self.stop_requested):
                    yield side, chunk
        finally:
            self.stop_requested.set()  # also when the page was closed

    def to_battle(self, win: Winner) -> dict[str, Any]:
        """Returns the vote as a battle with all messages; model_a is the left one."""
        left, right = self.sides
        questions = "\0".join(message["content"] for message in left.messages if message["role"] == "user")
        return {
            "question_id": f"chat/{hashlib.sha256(questions.encode()).hexdigest()[:16]}",
            "set": "chat",
            "category": "chat",
            "model_a": left.model.name,
            "model_b": right.model.name,
            "win": win,
            "judge": "human",
            "reason": "chosen in a chat by a person who saw no names",
            "votes": [win],
            "messages_a": left.all_messages,
            "messages_b": right.all_messages,
        }


def _stream_reply(conversation: Conversation, text: str, stop_requested: threading.Event) -> Iterator[str]:
    """Iterates over the chunks of a reply. Generation reports by callback, so it runs in a thread of its own."""
    queue: SimpleQueue[str | None] = SimpleQueue()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(conversation.send, text, queue.put, should_stop=stop_requested.is_set)
        answer.add_done_callback(lambda _: queue.put(None))
        try:
            yield from iter(queue.get, None)
        except GeneratorExit:
            stop_requested.set()
            raise
    answer.result()


def append_battle(file: Path, battle: dict[str, Any]) -> None:
    """Appends a battle to a file and syncs it to disk before returning."""
    with lock_awaited(file.with_suffix(".lock")):
        remove_incomplete_line(file)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(battle, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
