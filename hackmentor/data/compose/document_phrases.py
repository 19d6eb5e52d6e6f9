"""What a passage of a document offers to ask about: its lists, binding sentences, definitions and explained code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from hackmentor.data.prose import finish, sentences
from hackmentor.data.sources.blocks import Block
from hackmentor.data.sources.passages import Passage

Force = Literal["mandatory", "recommended"]
BINDING: dict[Force, re.Pattern[str]] = {
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
DEFINED = re.compile(
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
POINTING = re.compile(r"\b(?:below|above|following|as follows|this example|for example|e\.g|example)\b", re.IGNORECASE)
BACKWARD = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|such|also|however|then|otherwise|so|but|and|or)\b", re.IGNORECASE
)
BROKEN_OFF = re.compile(r"\b(?:e\.g|i\.e|running|run|use|using|with|by|like|is|are|to|as|be)[.:]?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list and the sentence that announces it (may be empty)."""

    lead: str
    block: Block


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence that binds its reader, how strongly, and the word that says so."""

    text: str
    force: Force
    word: str

    @property
    def verdict(self) -> str:
        """What the sentence is."""
        if " not" in self.word:
            return "a prohibition" if self.force == "mandatory" else "a recommendation against it"
        return "a requirement" if self.force == "mandatory" else "a recommendation"


def slots(passage: Passage, **more: str) -> dict[str, str]:
    """The words that every question about a passage may use; quotes keep names apart from the sentence around them."""
    return {"title": f'"{passage.title}"', "section": f'"{passage.name}"', **more}


def prose(passage: Passage) -> list[str]:
    """The sentences of all paragraphs that announce nothing, in order."""
    found = [sentence for block in passage.blocks if block.kind == "paragraph" for sentence in sentences(block.text)]
    ended = [sentence for sentence in found if sentence.endswith((".", "!", "?", '."', ".)")) and "\n" not in sentence]
    return [sentence for sentence in ended if not BROKEN_OFF.search(sentence)]


def listings(passage: Passage) -> list[Listing]:
    """The lists of two items and more, each with its announcement."""
    found = []
    for before, block in pairwise((Block("paragraph"), *passage.blocks)):
        if block.kind == "list" and len(block.items) > 1:
            found.append(Listing(sentences(before.text)[-1] if before.leads_in else "", block))
    return found


def rules(passage: Passage) -> list[Rule]:
    """The sentences, of paragraphs and list items, that say what must or should be done; each once."""
    items = [item for block in passage.blocks for item in block.items if "\n" not in item]
    said = [*prose(passage), *(finish(sentence) for item in items for sentence in sentences(item))]
    found: dict[str, Rule] = {}
    for sentence in said:
        words = [(force, match) for force, form in BINDING.items() for match in form.findall(sentence)]
        if words and len(sentence.split()) > 2 and not sentence.endswith("?"):
            force, word = words[0]
            found.setdefault(sentence, Rule(sentence, force, word.lower()))
    return list(found.values())


def is_mixed(rule: Rule) -> bool:
    """Whether the sentence both demands and recommends."""
    return all(form.search(rule.text) for form in BINDING.values())


def stands_alone(rule: Rule) -> bool:
    """Whether the sentence can be asked about without those around it, and with one answer."""
    return not is_mixed(rule) and not BACKWARD.match(rule.text) and len(rule.text.split()) > 5


def definitions(passage: Passage) -> Iterator[tuple[str, str]]:
    """Terms and the sentences that say what they are; only sentences that open a paragraph stand on their own."""
    for block in passage.blocks:
        first = sentences(block.text)[0] if block.kind == "paragraph" and block.text else ""
        match = DEFINED.match(first)
        if match and not NO_TERM.match(match["term"]) and first.endswith(".") and 8 <= len(first.split()) <= 60:
            yield '"{}"'.format(match["term"].replace("`", "")), first


def explained_code(passage: Passage) -> Iterator[tuple[Block, str]]:
    """Code blocks with the sentence that announces them; a paragraph without a colon may be about something else."""
    for before, block in pairwise(passage.blocks):
        said = sentences(before.text)[-1] if block.kind == "code" and before.leads_in else ""
        clear = said and not any(form.search(said) for form in (POINTING, BACKWARD, BROKEN_OFF))
        if clear and 6 <= len(said.split()) <= 60 and 2 < len(block.text.split()) <= 120:
            yield block, finish(said.rstrip(":").rstrip())


def quotable(passage: Passage) -> list[str]:
    """Sentences that can be quoted alone: long enough, and without a word that points back at one before."""
    return [said for said in prose(passage) if 12 <= len(said.split()) <= 45 and not BACKWARD.match(said)]
