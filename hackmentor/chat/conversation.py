"""A conversation with one model, truncated to its context window by whole exchanges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hackmentor.chat.chat_model import ChatModel, ChatReply, SamplingParams
from hackmentor.chat.reply_streamer import TextCallback
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.records.record import Message
from hackmentor.runtime.errors import UserError


@dataclass(frozen=True)
class TruncatedConversation:
    """The part of a conversation that fits the context window, and the number of dropped older exchanges."""

    messages: list[Message]
    dropped_exchanges: int

    @property
    def note(self) -> str:
        """A message about the dropped exchanges; empty if there are none."""
        if self.dropped_exchanges == 0:
            return ""
        subject = (
            "oldest exchange is" if self.dropped_exchanges == 1 else f"{self.dropped_exchanges} oldest exchanges are"
        )
        return f"(the {subject} beyond the context window, and not seen any more)"


class Conversation:
    """The messages so far between the user and one model."""

    def __init__(
        self, model: ChatModel, sampling: SamplingParams, *, reserved_tokens: int, system: str | None = None
    ) -> None:
        self.model = model
        self.messages: list[Message] = []
        self.system = system
        self._sampling, self._reserved_tokens = sampling, reserved_tokens

    @property
    def all_messages(self) -> list[Message]:
        """All messages, with the system message first if there is one."""
        return [*_build_system_messages(self.system), *self.messages]

    def send(
        self,
        text: str,
        on_text: TextCallback,
        *,
        on_truncated: Callable[[TruncatedConversation], None] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> ChatReply:
        """Sends a user message and returns the reply; both are appended to the conversation.

        Args:
            text: of the user message.
            on_text: receives the answer in chunks, as it is generated.
            on_truncated: receives the part of the conversation that the model sees, before the answer starts.
            should_stop: called after each token; ends the answer if true.

        Raises:
            UserError: if the message alone is too long; the conversation is then unchanged.
        """
        messages: list[Message] = [*self.messages, {"role": "user", "content": text}]
        reserved_tokens = min(self._reserved_tokens, self.model.context_window // 2)
        visible = truncate_to_window(
            _build_system_messages(self.system),
            messages,
            self.model.template,
            self.model.context_window - reserved_tokens,
        )
        on_truncated(visible)
        reply = self.model.generate_reply(visible.messages, self._sampling, on_text, should_stop)
        if reply.text or reply.stop != "stopped":
            self.messages = [*messages, {"role": "assistant", "content": reply.text}]
        return reply

    def copy_empty(self) -> Conversation:
        """Returns a new, empty conversation with the same model and settings."""
        return Conversation(self.model, self._sampling, reserved_tokens=self._reserved_tokens, system=self.system)

    def reset(self) -> None:
        """Clears the messages; the system message stays."""
        self.messages = []


def truncate_to_window(
    system: Sequence[Message], messages: Sequence[Message], template: ChatTemplate, max_tokens: int
) -> TruncatedConversation:
    """Keeps the system message and as many of the newest exchanges as fit into `max_tokens` tokens.

    Raises:
        UserError: if not even the last exchange fits.
    """
    exchanges = _split_exchanges(messages)
    for dropped_exchanges in range(len(exchanges)):
        kept = [*system, *(message for exchange in exchanges[dropped_exchanges:] for message in exchange)]
        tokens = len(template.encode_prompt(kept))
        if tokens <= max_tokens:
            return TruncatedConversation(kept, dropped_exchanges)
    raise UserError(
        f"this message is too long: with the system message, it has {tokens:,} tokens, and {max_tokens:,} of the "
        "context window are free for it (chat.answer_room= is reserved for the answer); send a shorter message"
    )


def _split_exchanges(messages: Sequence[Message]) -> list[list[Message]]:
    """Splits messages before each user message."""
    exchanges: list[list[Message]] = []
    for message in messages:
        if message["role"] == "user" or not exchanges:
            exchanges.append([])
        exchanges[-1].append(message)
    return exchanges


def _build_system_messages(text: str | None) -> list[Message]:
    return [{"role": "system", "content": text}] if text else []
