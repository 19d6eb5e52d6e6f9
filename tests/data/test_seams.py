"""The gate: no record of the built data shows the seam of a template, and a planted one is found."""

from dataclasses import replace
from typing import Any

import pytest

from hackmentor.records.record import Record
from tests.data.seams import find_seams

PLANTED = {
    "placeholder": "Confidentiality: read memory. <<put the information here>>.",
    "points at references": "The effects vary. See References.",
    "lead-in runs into a clause": "CWE-1 covers cases where when the product fails, all is lost.",
    "lead-in before a sentence": "Ask the supplier whether they follow this: Use PHP 4 or later.",
    "rule author's own voice": "Most of the time I would expect it to be harmless.",
    "stray space": "We found a flaw, Uncaught Exception in Servlet , in it.",
    "empty slot": "It is recorded for .",
    "unexplained mainness": "ATT&CK records 81 techniques. The main ones by tactic are these.",
    "cut": "Isolate the host and save the ev...",
    "list item that only leads in": "Rules:\n\n- Use GPMC to configure:\n- Patch.",
    "a sentence twice": "Keep an eye on the account for a week. Keep an eye on the account for a week.",
    "a sentence twice behind": (
        "- Network Intrusion Prevention (M1031): Keep documents from fetching any payload from afar.\n"
        "- Antivirus/Antimalware (M1049): Keep documents from fetching any payload from afar."
    ),
    "scene without a story": "Send it back. A race condition can occur. Suppose the balance is initially 100.00.",
    "points at examples": "Note that the only difference between the Good and Bad examples is one line.",
    "language mark": "Run this:\n\n```json\ngsutil iam get gs://bucket\n```",
}


def test_no_record_shows_a_seam(built: Any) -> None:
    found = [(record.id, seam) for record in built.all for seam in find_seams(record)]
    assert found == []


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_seam_is_found(built: Any, kind: str) -> None:
    record: Record = built.train[0]
    assert list(find_seams(record)) == []
    if record.shape == "iio":
        planted = replace(record, output=PLANTED[kind])
    else:
        messages = [*record.messages[:-1], {"role": "assistant", "content": PLANTED[kind]}]
        planted = replace(record, messages=tuple(messages))
    assert [seam for seam in find_seams(planted) if seam.startswith(kind.removesuffix(" behind"))]
