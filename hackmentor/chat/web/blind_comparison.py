"""A blind comparison: two models answer the same user side by side, names hidden, and the user votes."""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hackmentor.chat.chat_model import ChatReply
from hackmentor.chat.conversation import Conversation
from hackmentor.evaluate.judge.pair import Winner
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import open_own, remove_incomplete_line
from hackmentor.runtime.lock import lock_awaited

# Beside the experiment's battles.jsonl, which each `evaluate` overwrites.
BATTLES_FILE = "chat-battles.jsonl"

SideTextCallback = Callable[[int, str], None]
"""Receives a side, 0 for the left one, and a chunk of its answer, in the thread of that side."""


@dataclass(frozen=True)
class SideReply:
    """The answer of one side, and a note on what of the conversation the model did not see."""

    reply: ChatReply
    note: str


@dataclass(frozen=True)
class Exchange:
    """A message and the answers of the left and the right side."""

    message: str
    replies: tuple[SideReply, SideReply]


class BlindComparison:
    """A conversation with two models; which one is on the left is random.

    It may be open in several tabs: one at a time is answered, and one vote counts.
    """

    def __init__(self, conversations: tuple[Conversation, Conversation]) -> None:
        first, second = (conversation.copy_empty() for conversation in conversations)
        self.sides = (second, first) if random.SystemRandom().random() < 0.5 else (first, second)
        self.exchanges: tuple[Exchange, ...] = ()
        self.vote: Winner | None = None
        self.is_answering = False
        self._lock = threading.Lock()  # of vote and is_answering
        self._stop_requested = threading.Event()

    @property
    def names(self) -> tuple[str, str]:
        """The names of the left and the right model."""
        left, right = self.sides
        return left.model.name, right.model.name

    def send(self, text: str, on_text: SideTextCallback) -> None:
        """Sends a message to both models at once and returns when both have answered.

        Raises:
            UserError: as `Conversation.send`; or if the comparison is answering or voted on, or was stopped before
                both models had said something. The conversation is then as it was.
        """
        with self._answering():
            self.exchanges = (*self.exchanges, self._answer(text, on_text))

    def retry(self, on_text: SideTextCallback) -> None:
        """Replaces the last answers by new ones. Raises UserError as `send`."""
        with self._answering():
            if not self.exchanges:
                raise UserError("There is no answer yet to replace.")
            for conversation in self.sides:
                conversation.messages = conversation.messages[:-2]
            *earlier, last = self.exchanges
            self.exchanges = (*earlier, self._answer(last.message, on_text))

    def stop(self) -> None:
        """Ends the answers that are being generated, after their current token."""
        self._stop_requested.set()

    def save_vote(self, win: Winner, save: Callable[[dict[str, Any]], None]) -> None:
        """Votes and saves the battle; both happen or neither.

        Raises:
            UserError: if there is nothing to vote on, or it is voted on already.
        """
        with self._lock:
            self._refuse_if_closed()
            if not self.exchanges:
                raise UserError("There is nothing to vote on yet.")
            save(self.to_battle(win))
            self.vote = win

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

    @contextmanager
    def _answering(self) -> Iterator[None]:
        with self._lock:
            self._refuse_if_closed()
            self.is_answering = True
            self._stop_requested.clear()
        before = [conversation.messages for conversation in self.sides]
        try:
            yield
        except BaseException:
            for conversation, messages in zip(self.sides, before, strict=True):
                conversation.messages = messages
            raise
        finally:
            self.is_answering = False

    def _refuse_if_closed(self) -> None:
        if self.is_answering:
            raise UserError("Both are still answering: wait until they have ended, or press Stop.")
        if self.vote is not None:
            raise UserError("This conversation is voted on already: start a new one.")

    def _answer(self, text: str, on_text: SideTextCallback) -> Exchange:
        with ThreadPoolExecutor(len(self.sides)) as pool:
            futures = [pool.submit(self._answer_on_side, side, text, on_text) for side in range(len(self.sides))]
            wait(futures, return_when=FIRST_EXCEPTION)
            self._stop_requested.set()  # one that failed ends the other
        left, right = (future.result() for future in futures)
        if any(answer.reply.stop == "stopped" and not answer.reply.text for answer in (left, right)):
            raise UserError("Stopped before both had begun to answer; nothing of it is kept.")
        return Exchange(text, (left, right))

    def _answer_on_side(self, side: int, text: str, on_text: SideTextCallback) -> SideReply:
        notes: list[str] = []
        reply = self.sides[side].send(
            text,
            partial(on_text, side),
            on_truncated=lambda visible: notes.append(visible.note),
            should_stop=self._stop_requested.is_set,
        )
        return SideReply(reply, "".join(notes))


def append_battle(file: Path, battle: dict[str, Any]) -> None:
    """Appends a battle to a file and syncs it to disk before returning."""
    with lock_awaited(file.with_suffix(".lock")):
        remove_incomplete_line(file)
        with open_own(file, "a") as stream:
            stream.write(json.dumps(battle, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
