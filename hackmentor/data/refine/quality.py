"""Why a record is not fit for training: too short, too long, broken, or not in English."""

import re

from hackmentor.records.record import Record

LEAST_WORDS = 3
MOST_CHARACTERS = 24_000
LATIN = re.compile(r"[A-Za-z]")
LETTER = re.compile(r"[^\W\d_]")
BROKEN = re.compile(r"[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f]")
FENCED = re.compile(r"```.*?```", re.DOTALL)
# Words that nearly every English sentence holds and other languages in Latin script do not.
COMMON = frozenset(
    "the of and to a in is that it for as with be by this or are an if not can which from use at on has".split()  # noqa: SIM905
)
LEAST_COMMON = 0.04


def unfit(record: Record) -> str:
    """The reason not to train on a record; empty if there is none."""
    answers = [message["content"] for message in record.conversation() if message["role"] == "assistant"]
    text = record.text()
    if any(len(answer.split()) < LEAST_WORDS and "```" not in answer for answer in answers):
        return f"an answer of fewer than {LEAST_WORDS} words"
    if len(text) > MOST_CHARACTERS:
        return f"more than {MOST_CHARACTERS} characters"
    if BROKEN.search(text):
        return "broken characters"
    return "" if is_english(text) else "not in English"


def is_english(text: str) -> bool:
    """Whether the prose, code aside, is mainly English; a text too short to tell passes."""
    prose = FENCED.sub("", text)
    if not prose.isascii():
        letters = LETTER.findall(prose)
        if len(LATIN.findall(prose)) < 0.8 * len(letters):
            return False
    words = prose.lower().split()
    return len(words) < 25 or sum(word in COMMON for word in words) >= LEAST_COMMON * len(words)
