"""Quality filter: composed records that are too short, too long or not in English, and broken ones of any origin."""

import re
from typing import Literal

from hackmentor.records.record import Record

Filters = Literal["composed", "all", "none"]
"""`composed`: only what was composed or taught is filtered by language and length. `all`: ready-made records as well.
`none`: like composed, and ready-made records that nearly or partly repeat another stay, also held-out ones."""

COMPOSED_PREFIXES = ("template:", "teacher:")
MIN_ANSWER_WORDS = 3
MAX_CHARACTERS = 24_000
LATIN = re.compile(r"[A-Za-z]")
LETTER = re.compile(r"[^\W\d_]")
BROKEN_CHARACTER = re.compile(r"[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f]")
CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)
# Words that nearly every English sentence contains and other languages in Latin script do not.
COMMON_WORDS = frozenset(
    "the of and to a in is that it for as with be by this or are an if not can which from use at on has".split()  # noqa: SIM905
)
MIN_COMMON_SHARE = 0.04


def is_composed(record: Record) -> bool:
    """Whether a template or a teacher wrote the record; all others are ready-made, and their user's own."""
    return record.made_by.startswith(COMPOSED_PREFIXES)


def find_broken_character(record: Record) -> str:
    """Why the text of a record is damaged; empty if it is not. Holds for records of any origin."""
    return "broken characters" if BROKEN_CHARACTER.search(record.to_text()) else ""


def find_quality_fault(record: Record) -> str:
    """Why a record is unfit for training; empty if it is fit."""
    answers = [
        message["content"]
        for message in record.to_conversation()
        if message["role"] == "assistant" and not message.get("tool_calls")
    ]
    text = record.to_text()
    if any(len(answer.split()) < MIN_ANSWER_WORDS and "```" not in answer for answer in answers):
        return f"an answer of fewer than {MIN_ANSWER_WORDS} words"
    if len(text) > MAX_CHARACTERS:
        return f"more than {MAX_CHARACTERS} characters"
    if BROKEN_CHARACTER.search(text):
        return "broken characters"
    return "" if is_english(text) else "not in English"


def is_english(text: str) -> bool:
    """Whether the prose, code aside, is mainly English; a text too short to tell passes."""
    prose = CODE_BLOCK.sub("", text)
    if not prose.isascii():
        letters = LETTER.findall(prose)
        if len(LATIN.findall(prose)) < 0.8 * len(letters):
            return False
    words = prose.lower().split()
    return len(words) < 25 or sum(word in COMMON_WORDS for word in words) >= MIN_COMMON_SHARE * len(words)
