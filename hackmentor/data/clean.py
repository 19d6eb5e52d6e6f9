"""Turns a catalogue's marked-up text into plain prose, and leaves code alone."""

import html
import re

# A pointer at a part of the catalogue's page, and a word that somebody typed twice.
PAGE_POINTER = re.compile(
    r"(?:(?<=[.!?])\s+|^)\(?See (?:the )?(?:References|Terminology Notes)\b[^.\n]*\.?\)?", re.MULTILINE
)
DOUBLED_WORD = re.compile(r"\b(the|an|of|to|in|and|for|with) \1\b")
SPACE_INSIDE_BRACKET = re.compile(r"(?<=[\w.,'\"]) +\)(?=[\s.,;:]|$)")
# These patterns meet text of anybody: white space is matched from its first character only, and what may go on without
# an end has a bound or stops at the next beginning. Else each of many beginnings would search the rest of the text.
CITATION = re.compile(r"(?<!\s)\s*\(Citation:[^()]*(?:\([^()]*\)[^()]*)*\)")
OPEN_CITATION = re.compile(r"(?<!\s)\s*\(Citation:[^\n)]{0,500}(?=\n|$)")
LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()]*\))*\)")
CODE_TAG = re.compile(r"<code>(.*?)</code>", re.DOTALL | re.IGNORECASE)
CODE_END = re.compile(r"</code>", re.IGNORECASE)
REFERENCE = re.compile(r"(?<!\s)\s*\[REF-[^\]\[]*\]")
# What points at a reference says nothing once that is gone: a clause such as ", see [REF-1]", or a whole sentence.
REFERENCE_POINTER = r"(?:[Ff]or [\w, ]{1,30}, )?[Ss]ee(?: also)?(?:,?(?: and)? \[REF-[^\]\[]*\])+"
POINTING_SENTENCE = re.compile(rf"(?m)(?:(?<=[.!?])[ ]+|^){REFERENCE_POINTER}(?:; {REFERENCE_POINTER})*\.")
POINTING_CLAUSE = re.compile(rf"[,;] {REFERENCE_POINTER}(?=[.;]|$)")
BREAK_TAG = re.compile(r"<br\s*/?>|</p>|</li>", re.IGNORECASE)
ITEM_TAG = re.compile(r"<li>", re.IGNORECASE)
TAG = re.compile(
    r"</?(?:p|ul|ol|li|b|i|u|em|strong|a|div|span|h[1-6]|table|tr|td|th|pre|sup|sub)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
# A number of thousands of digits is no character, and Python refuses to read it.
LONG_ENTITY = re.compile(r"&#\d{10,};?")
BOLD = re.compile(r"\*\*(.+?)\*\*")
HEADING = re.compile(r"(?m)^#{1,6}\s+")
BULLET = re.compile(r"(?m)^[ \t]*[*•‣]\s+")
SPACE_BEFORE_POINT = re.compile(r"(?<=[\w)\]`\"'])[ \t]+([,;:.!?])(?=\s|$)")
# A literal ". (dot)" or "/.../" in a path is text about dots, not punctuation: only a point before white space moves.
QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "\u2026": "..."})
DOUBLE_POINT = re.compile(r"(?<=[a-z])\.\.(?=['\")]?(?:\s|$))")
SPACES = re.compile(r"[ \t\u00a0\u200b]+")
BLANK_LINES = re.compile(r"\n{3,}")
FENCE = re.compile(r"(```.*?```)", re.DOTALL)


def clean_text(text: str, *, markup: bool = True) -> str:
    """Prose without citation marks, links, HTML or stray white space; text in ``` fences keeps its indentation.

    With `markup` off, tags and entities are text: what an XML parser returns has none of its own left.
    """
    parts = FENCE.split(text.replace("\r\n", "\n"))
    cleaned = [part if part.startswith("```") else _clean_prose(part, markup) for part in parts]
    return BLANK_LINES.sub("\n\n", "\n\n".join(part for part in cleaned if part)).strip()


def _clean_prose(text: str, markup: bool) -> str:
    text = OPEN_CITATION.sub("", CITATION.sub("", text))
    text = POINTING_CLAUSE.sub("", POINTING_SENTENCE.sub("", text))
    text = LINK.sub(r"\1", REFERENCE.sub("", text))
    text = SPACE_INSIDE_BRACKET.sub(")", DOUBLED_WORD.sub(r"\1", PAGE_POINTER.sub("", text)))
    if markup:
        text = _quote_code(text)
        text = TAG.sub("", BREAK_TAG.sub("\n", ITEM_TAG.sub("- ", text)))
        text = _unescape(_unescape(text))
    text = BULLET.sub("- ", HEADING.sub("", BOLD.sub(r"\1", text)))
    text = DOUBLE_POINT.sub(".", SPACES.sub(" ", text.translate(QUOTES)))
    lines = [SPACE_BEFORE_POINT.sub(r"\1", line.strip()) for line in text.split("\n")]
    return BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _quote_code(text: str) -> str:
    # Behind the last end no tag finds one, and each would search for it.
    end = max((found.end() for found in CODE_END.finditer(text)), default=0)
    return CODE_TAG.sub(lambda found: f"`{found.group(1).strip()}`", text[:end]) + text[end:]


def _unescape(text: str) -> str:
    return html.unescape(LONG_ENTITY.sub("\ufffd", text))


def clean_code(text: str) -> str:
    """Code with common indentation, trailing spaces and outer or repeated blank lines removed; the rest is kept."""
    lines = [line.rstrip().expandtabs(4) for line in text.replace("\r\n", "\n").split("\n")]
    filled = [line for line in lines if line]
    margin = min((len(line) - len(line.lstrip(" ")) for line in filled), default=0)
    return BLANK_LINES.sub("\n\n", "\n".join(line[margin:] for line in lines)).strip("\n")
