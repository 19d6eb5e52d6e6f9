"""Finds what questions can be asked about a passage: lists, binding sentences, definitions and explained code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from hackmentor.data.prose import finish_sentence, split_sentences
from hackmentor.data.sources.blocks import Block
from hackmentor.data.sources.passages import Passage

Force = Literal["mandatory", "recommended"]
BINDING_WORDS: dict[Force, re.Pattern[str]] = {
    # What "is required to avoid" an error is needed for a purpose, which obliges nobody.
    "mandatory": re.compile(
        r"\b(must(?: not)?|shall(?: not)?|(?:is|are) (?:required|obliged) to"
        r"(?! (?:avoid|handle|deal|make|enable|allow|prevent|ensure|get)\b))\b",
        re.IGNORECASE,
    ),
    "recommended": re.compile(
        r"\b(should(?: not)?(?! (?:give|work|help|see|now|have been|be able|never occur)\b)"
        r"|(?:is|are) (?:not )?recommended)\b",
        re.IGNORECASE,
    ),
}
DEFINITION = re.compile(
    r"^(?:An? )?(?P<term>[A-Za-z`][\w`-]*(?: (?!is\b|are\b)[\w`()/-]+){0,4}) (?:is|are|means|refers to) "
    r"(?:an?|any|the(?! same\b)|all|every|each|one of the)\s",
)
NO_TERM = re.compile(
    r"^(?:the|not|no|using|being|having|this|that|these|those|it|they|there|here|what|which|who|if|when|one|each|some|"
    r"most|both|all|other|such|"
    r"we|you|he|she|to|in|on|by|for|with|as|example|note|and|but|or|also|however|below|above|following|result|aim|"
    r"goal|purpose|reason|first|second|next|last|default|only|main|same|latter|former|problem|idea|point)\b",
    re.IGNORECASE,
)
# Code explained with these words is explained by something that is not there.
POINTING_WORDS = re.compile(
    r"\b(?:below|above|following|as follows|this example|for example|e\.g|example)\b", re.IGNORECASE
)
BACKWARD_REFERENCE = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|such|also|however|then|otherwise|so|but|and|or)\b", re.IGNORECASE
)
BROKEN_OFF = re.compile(r"\b(?:e\.g|i\.e|running|run|use|using|with|by|like|is|are|to|as|be)[.:]?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AnnouncedList:
    """A list and the sentence that announces it (may be empty)."""

    lead: str
    block: Block


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence that binds its reader, how strongly, and the word that says so.

    Rules are shuffled by their repr, so the names of the class and its fields decide which records are made.
    """

    text: str
    force: Force
    word: str

    @property
    def verdict(self) -> str:
        """Whether the sentence is a requirement, a prohibition or a recommendation, as a phrase."""
        if " not" in self.word:
            return "a prohibition" if self.force == "mandatory" else "a recommendation against it"
        return "a requirement" if self.force == "mandatory" else "a recommendation"


def make_slots(passage: Passage, **more: str) -> dict[str, str]:
    """The slots that every question about a passage may fill, with names in quotes."""
    return {"title": f'"{passage.title}"', "section": f'"{passage.name}"', **more}


def list_prose_sentences(passage: Passage) -> list[str]:
    """The sentences of all paragraphs that announce nothing, in order."""
    found = [
        sentence for block in passage.blocks if block.kind == "paragraph" for sentence in split_sentences(block.text)
    ]
    ended = [sentence for sentence in found if sentence.endswith((".", "!", "?", '."', ".)")) and "\n" not in sentence]
    return [sentence for sentence in ended if not BROKEN_OFF.search(sentence)]


def find_lists(passage: Passage) -> list[AnnouncedList]:
    """The lists of two items and more, each with its announcement."""
    found = []
    for before, block in pairwise((Block("paragraph"), *passage.blocks)):
        if block.kind == "list" and len(block.items) > 1:
            found.append(AnnouncedList(split_sentences(before.text)[-1] if before.is_lead_in else "", block))
    return found


def find_rules(passage: Passage) -> list[Rule]:
    """The sentences, of paragraphs and list items, that say what must or should be done; each once."""
    items = [item for block in passage.blocks for item in block.items if "\n" not in item]
    all_sentences = [
        *list_prose_sentences(passage),
        *(finish_sentence(sentence) for item in items for sentence in split_sentences(item)),
    ]
    found: dict[str, Rule] = {}
    for sentence in all_sentences:
        words = [(force, match) for force, form in BINDING_WORDS.items() for match in form.findall(sentence)]
        if words and len(sentence.split()) > 2 and not sentence.endswith("?"):
            force, word = words[0]
            found.setdefault(sentence, Rule(sentence, force, word.lower()))
    return list(found.values())


def is_mixed(rule: Rule) -> bool:
    """Whether the sentence both demands and recommends."""
    return all(form.search(rule.text) for form in BINDING_WORDS.values())


def is_self_contained(rule: Rule) -> bool:
    """Whether the sentence can be asked about without those around it, and with one answer."""
    return not is_mixed(rule) and not BACKWARD_REFERENCE.match(rule.text) and len(rule.text.split()) > 5


def iter_definitions(passage: Passage) -> Iterator[tuple[str, str]]:
    """Terms and the sentences that say what they are; only sentences that open a paragraph stand on their own."""
    for block in passage.blocks:
        first = split_sentences(block.text)[0] if block.kind == "paragraph" and block.text else ""
        match = DEFINITION.match(first)
        if match and not NO_TERM.match(match["term"]) and first.endswith(".") and 8 <= len(first.split()) <= 60:
            yield '"{}"'.format(match["term"].replace("`", "")), first


def iter_explained_code(passage: Passage) -> Iterator[tuple[Block, str]]:
    """Code blocks with the sentence that announces them; a paragraph without a colon may be about something else."""
    for before, block in pairwise(passage.blocks):
        sentence = split_sentences(before.text)[-1] if block.kind == "code" and before.is_lead_in else ""
        pointing = (POINTING_WORDS, BACKWARD_REFERENCE, BROKEN_OFF)
        clear = sentence and not any(pattern.search(sentence) for pattern in pointing)
        if clear and 6 <= len(sentence.split()) <= 60 and 2 < len(block.text.split()) <= 120:
            yield block, finish_sentence(sentence.rstrip(":").rstrip())


def list_quotable_sentences(passage: Passage) -> list[str]:
    """Sentences that can be quoted alone: long enough, and without a word that points back at one before."""
    return [
        sentence
        for sentence in list_prose_sentences(passage)
        if 12 <= len(sentence.split()) <= 45 and not BACKWARD_REFERENCE.match(sentence)
    ]
