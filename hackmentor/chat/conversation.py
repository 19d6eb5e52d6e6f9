"""A conversation with one speaker, fitted to its context window by whole turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hackmentor.chat.chat_model import Reply, Sampling, Show, Speaker
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError


@dataclass(frozen=True)
class Fitted:
    """The part of a conversation that the model sees, and how many of its oldest exchanges it does not."""

    messages: list[Message]
    left_out: int

    @property
    def note(self) -> str:
        """A sentence on what is left out; empty where nothing is."""
        if self.left_out == 0:
            return ""
        oldest = "oldest exchange is" if self.left_out == 1 else f"{self.left_out} oldest exchanges are"
        return f"(the {oldest} beyond the context window, and not seen any more)"


class Conversation:
    """What was said so far, between the user and one speaker."""

    def __init__(self, speaker: Speaker, sampling: Sampling, *, room: int, system: str | None = None) -> None:
        self.speaker = speaker
        self.messages: list[Message] = []
        self.system = system
        self._sampling, self._room = sampling, room

    @property
    def whole(self) -> list[Message]:
        """Every message, the system's first if there is one."""
        return [*_system(self.system), *self.messages]

    def ask(
        self,
        text: str,
        show: Show,
        *,
        fitted: Callable[[Fitted], None] = lambda _: None,
        asked_to_stop: Callable[[], bool] = lambda: False,
    ) -> Reply:
        """Says something and returns the answer; both are then part of the conversation.

        Args:
            text: of the user.
            show: gets the answer in pieces, as it comes.
            fitted: told before the answer begins what of the conversation the model sees.
            asked_to_stop: whether to end the answer now.

        Raises:
            UserError: if the message alone is too long; the conversation is then as before.
        """
        asked: list[Message] = [*self.messages, {"role": "user", "content": text}]
        room = min(self._room, self.speaker.window // 2)
        seen = fit(_system(self.system), asked, self.speaker.template, self.speaker.window - room)
        fitted(seen)
        reply = self.speaker.reply(seen.messages, self._sampling, show, asked_to_stop)
        if reply.text or reply.stop != "stopped":
            self.messages = [*asked, {"role": "assistant", "content": reply.text}]
        return reply

    def anew(self) -> Conversation:
        """Another one with the same speaker, in which nothing is said yet."""
        return Conversation(self.speaker, self._sampling, room=self._room, system=self.system)

    def reset(self) -> None:
        """Forgets what was said; the system message stays."""
        self.messages = []


def fit(system: Sequence[Message], messages: Sequence[Message], template: ChatTemplate, most: int) -> Fitted:
    """The newest exchanges that fit into `most` tokens, after the system message.

    Raises:
        UserError: if not even the last message does.
    """
    exchanges = _exchanges(messages)
    for left_out in range(len(exchanges)):
        kept = [*system, *(message for exchange in exchanges[left_out:] for message in exchange)]
        tokens = len(template.prompt(kept))
        if tokens <= most:
            return Fitted(kept, left_out)
    raise UserError(
        f"this message is too long: with what stands before it, it has {tokens:,} tokens, and {most:,} of the context "
        "window are free for it (chat.answer_room= is kept for the answer); send less at once"
    )


def _exchanges(messages: Sequence[Message]) -> list[list[Message]]:
    """Cut before each message of the user."""
    exchanges: list[list[Message]] = []
    for message in messages:
        if message["role"] == "user" or not exchanges:
            exchanges.append([])
        exchanges[-1].append(message)
    return exchanges


def _system(text: str | None) -> list[Message]:
    return [{"role": "system", "content": text}] if text else []
