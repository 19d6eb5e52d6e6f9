"""Small rules of English for putting catalogue text into sentences."""

import re
from collections.abc import Iterable, Sequence

SENTENCE_ENDINGS = (".", "!", "?", ":", '."', ".)", "?)", '?"', ".'", "```")
# A point after these does not end a sentence.
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|no|approx|inc|ltd|fig|sec|ver|v|U\.S|Dr|Mr|Ms|St)|^[A-Za-z])\.$", re.IGNORECASE
)
# With the sign before it.
LONGEST_ABBREVIATION = 10
# What is left of a sentence that pointed at something now gone: "(e.g." or ", such as".
DANGLING = re.compile(
    r"[,;]?\s*\(?\b(?:such as|for example|e\.g\.?|i\.e\.?|including|for instance)[,:.]?$", re.IGNORECASE
)
SENTENCE_GAP = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(`\[]?[A-Z0-9`])")
BRACKETS = re.compile(r"\([^()]*\)")
SAFE_TO_LOWER = {
    "A", "An", "The", "This", "These", "That", "When", "If", "Because", "Adversaries", "Attackers", "Any", "In",
    "It", "Some", "Many", "Multiple", "By", "Use", "Ensure", "Adversary", "Without", "While", "Once", "Certain",
}  # fmt: skip


def split_sentences(text: str) -> list[str]:
    """The sentences of one paragraph, abbreviations kept whole."""
    parts: list[str] = []
    start = 0
    for gap in SENTENCE_GAP.finditer(text):
        # The last word tells: to look through the whole head each time would take the square of a long one's length.
        if not ABBREVIATION.search(text[max(start, gap.start() - LONGEST_ABBREVIATION) : gap.end()].strip()):
            parts.append(text[start : gap.end()].strip())
            start = gap.end()
    tail = text[start:].strip()
    return [*parts, tail] if tail else parts


def finish_sentence(text: str) -> str:
    """The text with a capital at its start and a full stop at its end, where they were missing."""
    text = text.strip().rstrip(",;")
    if not text:
        return ""
    if re.match(r"[a-z]+(?:[\s,:;-]|$)", text):
        text = text[0].upper() + text[1:]
    return text if text.endswith(SENTENCE_ENDINGS) else f"{text}."


def trim_to_sentences(text: str, max_words: int = 0) -> str:
    """The text cut back to complete sentences and complete lists, within `most_words` (0: no limit).

    A lead-in that ends in a colon with nothing after it goes; the first paragraph is always kept, by sentences.
    """
    kept: list[str] = []
    room = max_words or 10**9
    for block in re.split(r"\n\s*\n", text.strip()):
        words = len(block.split())
        if words > room and not kept:
            block = _first_sentences(block, room)
        elif words > room:
            break
        kept.append(finish_sentence(block) if "\n" not in block else block.strip())
        room -= words
    return finish_sentence(DANGLING.sub("", _drop_lead_in("\n\n".join(kept))))


def _first_sentences(block: str, max_words: int) -> str:
    if "\n" in block:
        return block
    kept = ""
    for sentence in split_sentences(block):
        if kept and len(f"{kept} {sentence}".split()) > max_words:
            break
        kept = f"{kept} {sentence}".strip()
    return kept


def _drop_lead_in(text: str) -> str:
    while text.rstrip().endswith(":"):
        head, _, last = text.rstrip().rpartition("\n")
        rest = split_sentences(last)[:-1]
        text = "\n".join(part for part in (head.rstrip(), " ".join(rest)) if part)
    return text


def lower_first_letter(text: str) -> str:
    """The text with its first letter small, if its first word is an ordinary one and no name."""
    word = text.split(" ", 1)[0].rstrip(",")
    return text[0].lower() + text[1:] if word in SAFE_TO_LOWER else text


def join_items(items: Sequence[str], conjunction: str = "and") -> str:
    """`a`, `a and b`, or `a, b and c`; with a comma before the last where an item has a conjunction of its own."""
    if len(items) < 2:
        return "".join(items)
    # A comma inside an item would run into the commas between the items.
    comma = "; " if any("," in item for item in items) else ", "
    inner = any(f" {conjunction} " in BRACKETS.sub("", item) for item in items)
    return f"{comma.join(items[:-1])}{comma.strip() if inner else ''} {conjunction} {items[-1]}"


def format_bullets(items: Iterable[str]) -> str:
    """One `- item` a line; the lines of an item that has several are indented."""
    return "\n".join("- " + item.replace("\n\n", "\n").replace("\n", "\n  ") for item in items)


def format_numbered_list(items: Iterable[str]) -> str:
    """One `1. item` a line."""
    return "\n".join(f"{n}. " + item.replace("\n\n", "\n").replace("\n", "\n   ") for n, item in enumerate(items, 1))


def add_article(noun: str) -> str:
    """The noun with `a` or `an` before it."""
    word = noun.lower()
    vowel = word.startswith(("a", "e", "i", "o", "un", "ul", "um", "up")) and not word.startswith(("uni", "one", "eu"))
    return f"{'an' if vowel else 'a'} {noun}"


def join_paragraphs(*blocks: str) -> str:
    """The blocks that are not empty, a blank line between them."""
    return "\n\n".join(block.strip() for block in blocks if block.strip())
