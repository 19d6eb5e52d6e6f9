"""Sentences around a list read well whether it has one item or several."""

import re

import pytest

from hackmentor.data.compose import (
    actor_dialogue_wordings,
    actor_wordings,
    attack_wordings,
    cwe_dialogue_wordings,
    cwe_wordings,
)

POOLS: dict[str, tuple[str, ...]] = {
    "aliases": actor_wordings.ALSO,
    "tools": actor_wordings.TOOLS,
    "aliases in dialogues": actor_dialogue_wordings.ALIASES,
    "alternate terms": cwe_wordings.ALSO,
    "effects": cwe_wordings.EFFECTS,
    "effects in dialogues": cwe_dialogue_wordings.EFFECTS,
    "mitigations": attack_wordings.MITIGATIONS_LEAD,
}
# A verb or noun in front of the list that fits one number only.
NUMBERED = re.compile(r"\b(?:are|were) \{(?:names|value|effects)\}|\bSynonym:|\bthese measures|one control at a time")


@pytest.mark.parametrize("pool", POOLS)
def test_no_wording_presumes_how_many_there_are(pool: str) -> None:
    assert [text for text in POOLS[pool] if NUMBERED.search(text)] == []
