"""What a server that refuses requests says, which setting, and whether it refuses all alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from openai import APIStatusError

from hackmentor.endpoint.completion import CompletionReply
from hackmentor.endpoint.parse_reply import FILTERED_ANSWER, MAX_SHOWN_CHARACTERS, find_error_sentence
from hackmentor.endpoint.reply_journal import ReplyJournal
from hackmentor.endpoint.settings import Endpoint
from hackmentor.runtime.errors import EXIT_FAILED, StoppedError

REFUSED = "the endpoint refused it"
# A reply with one of these is about this request or its form, and no retry changes it.
REFUSAL_STATUSES = frozenset({400, 405, 406, 413, 415, 422, 501})
FIRST_REFUSALS = 5
_FILTER_WORDS = re.compile(r"content.?(?:filter|policy|management)|ResponsibleAIPolicy|safety system", re.IGNORECASE)
# Numbers and ids differ from one refusal to the next of the same kind.
_VARYING_WORD = re.compile(r"\S*\d\S*")


class RequestsRefusedError(StoppedError):
    """The server refuses the first requests alike: the others would fare no better. Exit code 1."""

    def __init__(self, endpoint: Endpoint, sentence: str, refused: int) -> None:
        hint = suggest_setting(endpoint, sentence)
        super().__init__(
            f"{endpoint.base_url} refused the first {refused} requests alike: {sentence}\n"
            f"What may help: {hint}. These refusals are not kept, so the next command asks again",
            EXIT_FAILED,
        )


def describe_refusal(error: APIStatusError) -> str:
    """The fault of a refused request: the server's own sentence behind the kind of the refusal."""
    sentence = describe_error(error)
    if _FILTER_WORDS.search(f"{error.code} {sentence}"):
        return f"{FILTERED_ANSWER}: {sentence}"
    return f"{REFUSED}: {sentence}"


def describe_error(error: APIStatusError) -> str:
    """What the server says about an error; its status where it says nothing."""
    if sentence := find_error_sentence(error.body):
        return sentence
    return " ".join(str(error.message).encode(errors="replace").decode().split())[:MAX_SHOWN_CHARACTERS]


def suggest_setting(endpoint: Endpoint, sentence: str) -> str:
    """Names the settings that may make a server accept what it refused with this sentence."""
    said, setting = sentence.lower(), endpoint.format_setting
    structured = setting("structured", "json_object" if endpoint.structured == "json_schema" else "prompt")
    length_keys = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
    length_key = setting("length_key", length_keys[endpoint.length_key])
    temperature, seed = setting("temperature", "null"), setting("send_seed", "false")
    if re.search(r"response.?format|json.?schema|json.?object|structured|guided|grammar", said):
        also = f", then {setting('structured', 'prompt')}" if endpoint.structured == "json_schema" else ""
        return f"{structured}{also}"
    if re.search(r"context|too long|maximum.{0,20}length", said):
        return f"a smaller {endpoint.max_tokens_key}"
    if re.search(r"max.?(?:completion.?|output.?|new.?)?tokens", said):
        return f"{length_key}, or a smaller {endpoint.max_tokens_key}"
    if "temperature" in said:
        return f"{temperature}, which leaves it to the server"
    if re.search(r"\bseed\b", said):
        return f"{seed}"
    return f"{structured}, {length_key}, {temperature} or {seed}"


class RefusalWatch:
    """Adds replies to a journal, and stops when the server refuses the first ones alike.

    Refusals are held back until another reply shows that the server accepts requests of this form: refusals of all are
    about the settings, and must not be kept as replies to the questions.
    """

    def __init__(self, endpoint: Endpoint, journal: ReplyJournal, on_reply: Callable[[], None]) -> None:
        self._endpoint, self._journal, self._on_reply = endpoint, journal, on_reply
        self._held: list[CompletionReply] = []
        self._sentences: Counter[str] = Counter()
        self._accepted = False
        self._limit = FIRST_REFUSALS

    def start_wave(self, pending: int, *, accepted: bool) -> None:
        """Before the requests of a wave: how many are sent, and whether replies of this form were there before."""
        self._accepted = self._accepted or accepted
        self._limit = max(2, min(FIRST_REFUSALS, pending))

    def add(self, reply: CompletionReply) -> None:
        """Takes a reply. Raises RequestsRefusedError if it is one refusal too many."""
        kind, _, sentence = reply.fault.partition(": ")
        if self._accepted or kind != REFUSED:
            self._accepted = self._accepted or (reply.requests > 0 and kind != FILTERED_ANSWER)
            if self._accepted:
                self.release()
            self._journal.add(reply)
        else:
            self._held.append(reply)
            alike = _VARYING_WORD.sub("#", sentence)
            self._sentences[alike] += 1
            if self._sentences[alike] >= self._limit:
                raise RequestsRefusedError(self._endpoint, sentence, self._sentences[alike])
        self._on_reply()

    def release(self) -> None:
        """Writes the refusals that were held back: they are about their requests."""
        for reply in self._held:
            self._journal.add(reply)
        self._held.clear()
