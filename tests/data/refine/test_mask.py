from typing import Any

import pytest

from hackmentor.data.refine.mask import mask_record, mask_text
from hackmentor.records.message import Message, ToolCall
from hackmentor.records.record import Record


@pytest.mark.parametrize(
    ("text", "masked", "kind"),
    [
        ("Write to jane.doe@corp.io now", "Write to [e-mail address] now", "e-mail address"),
        ("key AKIAQ3EGUTXJ4PZL2MNA here", "key [AWS access key] here", "AWS access key"),
        ("use ghp_" + "a1B2" * 9 + " as token", "use [GitHub token] as token", "GitHub token"),
        ("call +49 30 1234567-89 or wait", "call [phone number] or wait", "phone number"),
        ("call (212) 736-5000 today", "call [phone number] today", "phone number"),
        ("card 4539 1488 0343 6467 leaked", "card [card number] leaked", "card number"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\n" + "QUJD" * 40 + "\n-----END RSA PRIVATE KEY-----",
            "[private key]",
            "private key",
        ),
    ],
)
def test_secrets_and_personal_data_are_masked(text: str, masked: str, kind: str) -> None:
    assert mask_text(text) == (masked, [kind])


@pytest.mark.parametrize(
    "text",
    [
        "Mail user@example.com or admin@mail.example.org",
        "The documented key AKIAIOSFODNN7EXAMPLE",
        "CVE-2021-44228 and CVE-2002-1688 from 2020-01-02 10:00:00",
        "Connect to 192.168.100.200:8080 and 10.0.0.1",
        "password = 'hunter2' is hard-coded",
        "for (i = 0; i < 1000000000; i++)",
        "hash d41d8cd98f00b204e9800998ecf8427e and 1234567890123456",
        "Call 212-555-0123",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask_text(text) == (text, [])


def test_every_text_of_a_record_is_masked(iio: Any) -> None:
    record = iio(instruction="Who is a@b.com?", input="c@d.net", output="It is e@f.org, surely.")
    masked, kinds = mask_record(record)
    assert "@" not in masked.to_text()
    assert kinds == ["e-mail address"]
    assert mask_record(iio()) == (iio(), [])


def test_thoughts_and_the_arguments_of_calls_are_masked_as_well() -> None:
    calls: list[ToolCall] = [{"name": "mail", "arguments": {"to": ["eve@corp.com"], "count": 2}}]
    talk: tuple[Message, ...] = (
        {"role": "user", "content": "Write to her."},
        {"role": "assistant", "content": "", "reasoning_content": "Hers is eve@corp.com.", "tool_calls": calls},
    )
    record = Record(
        id="r", shape="turn", source="s", upstream_id="u", upstream_version="1", licence="l", made_by="t", task="t",
        messages=talk,
    )  # fmt: skip
    masked, kinds = mask_record(record)
    assert kinds == ["e-mail address"]
    answer = masked.messages[1]
    assert answer["reasoning_content"] == "Hers is [e-mail address]."
    assert answer["tool_calls"][0]["arguments"] == {"to": ["[e-mail address]"], "count": 2}
