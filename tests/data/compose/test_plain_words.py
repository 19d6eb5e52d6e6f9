"""What a manager is told of a weakness at the end of a briefing: a plain sentence, and never its title."""

import re
from collections import Counter

import pytest

from hackmentor.data.compose import cwe_dialogues, plain_words
from hackmentor.data.compose.template import Dialogue, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.sources import load_source
from hackmentor.data.sources.cwe_weakness import Weakness

TERMS = re.compile(
    r"(?i)\b(?:sql|html|xss|csrf|ssrf|buffer|heap|stack|pointer|inject\w*|overflow\w*|parse\w*|payload|exploit\w*"
    r"|authenti\w+|authori[sz]\w+|crypt\w*|encrypt\w*|hash\w*|token|session|cookie|thread|race|serial\w*|CWE|API)\b"
)


@pytest.fixture(scope="module")
def weaknesses() -> list[Weakness]:
    return [entry for entry in load_source("cwe").entries if isinstance(entry, Weakness)]


@pytest.fixture(scope="module")
def briefings(weaknesses: list[Weakness]) -> list[tuple[Weakness, Dialogue]]:
    (template,) = [item for item in cwe_dialogues.DIALOGUE_TEMPLATES if item.name == "cwe.briefing"]
    index = EntryIndex(weaknesses)
    return [
        (weakness, dialogue)
        for weakness in weaknesses
        for dialogue in template.make(weakness, HashChooser(0, weakness.upstream_id, template.name), index)
    ]


def test_there_are_forty_families_of_known_numbers_each_in_one(weaknesses: list[Weakness]) -> None:
    assert len(plain_words.FAMILIES) >= 40
    listed = Counter(f"CWE-{number}" for numbers, _ in plain_words.FAMILIES for number in numbers)
    assert max(listed.values()) == 1
    assert listed.keys() <= {weakness.upstream_id for weakness in weaknesses}


def test_the_sentences_are_single_short_and_without_terms() -> None:
    sentences = [sentence for _, sentence in plain_words.FAMILIES]
    assert len(set(sentences)) == len(sentences)
    for sentence in sentences:
        assert re.fullmatch(r"[A-Z][^.!?]+\.", sentence), sentence
        assert 8 <= len(sentence.split()) <= 25, sentence
        assert not TERMS.search(sentence), sentence


def test_no_briefing_ends_with_the_title(briefings: list[tuple[Weakness, Dialogue]]) -> None:
    assert len(briefings) > 60
    sentences = tuple(sentence for _, sentence in plain_words.FAMILIES)
    plain = [(weakness, dialogue) for weakness, dialogue in briefings if dialogue.turns[-1][1].startswith(sentences)]
    assert len(plain) > 0.6 * len(briefings)
    for weakness, dialogue in plain:
        last = dialogue.turns[-1][1].lower()
        assert weakness.short_name.lower() not in last, weakness.upstream_id
        assert weakness.name.lower() not in last, weakness.upstream_id
        assert weakness.upstream_id.lower() not in last, weakness.upstream_id


def test_what_belongs_to_no_family_is_not_forced_into_one(weaknesses: list[Weakness]) -> None:
    by_id = {weakness.upstream_id: weakness for weakness in weaknesses}
    # A finalizer that is public: its parent is about exposed resources of every kind.
    assert plain_words.say_plainly(by_id["CWE-583"]) == ""
    assert sum(bool(plain_words.say_plainly(weakness)) for weakness in weaknesses) > 0.5 * len(weaknesses)


def test_an_own_number_comes_before_a_parents(weaknesses: list[Weakness]) -> None:
    by_id = {weakness.upstream_id: weakness for weakness in weaknesses}
    said = {name: plain_words.say_plainly(by_id[name]) for name in ("CWE-89", "CWE-502")}
    assert "database" in said["CWE-89"]
    assert "parcels" in said["CWE-502"]
