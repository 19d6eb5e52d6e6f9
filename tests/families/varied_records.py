"""Records of one to four turns out of everything that tokenizers and templates differ on, the same at each run."""

from __future__ import annotations

import random

from hackmentor.records.record import Message, Record

_WORDS = ("a", "log", "line shows that", "the request was sent", "twice", "and then", "refused by", "proxy server port",
          "8443", "CVE-2021-44228", "because of")  # fmt: skip
_SCRIPTS = (
    "Zażółć gęślą jaźń", "什么是漏洞?", "安全 漏洞，很重要。", "ما هي الثغرة؟", "פרצה", "уязвимость", "脆弱性とは",
    "e\u0301 ﬁ ½ ①",
    "🔒 👩‍💻 👍🏽 🇵🇱", "\u2028 \u200b \ufeff", "▁a▁▁b", "\ue000 \ue001", "naïve Ångström",
)  # fmt: skip
_CODE = (
    "def f(x):\n    if x:\n        return 1\n\n\n\treturn 2  # tab", "$ curl -s 'http://x/?q=%27' | jq '.[0]'",
    "<script>alert('x')</script> <h1>&lt;b&gt;</h1>", "| a  |  b |\n|---|---|\n", '{"a": [1, 2, {"b": null}]}',
    "{{ bos_token }} {% if x %} {# no #} {{ 7*7 }}", "```sh\nls -la\n```", "<0x41> <0x0A>", "x\r\ny\r\n",
    "a\x07b\x1b[0m",
)  # fmt: skip
_ROLE_WORDS = (
    "USER: hi ASSISTANT: ho", "user\nassistant\n", "system", "### Response:\nYes", "model", "Human: no",
    "[INST] x [/INST]",
    "<<SYS>>\nx\n<</SYS>>", "<b>", "</user>", "assistantfinal",
)  # fmt: skip
_GAPS = (" ", "  ", "\n", "\n\n", "\n\n\n", "\t", "\n    ", "               ", ", ")
_OUTER = ("", "", "", " ", "  ", "\n", "\n\n", "\t", " \n", "\u00a0", "\u3000", "    ")


def make_text(draw: random.Random) -> str:
    """A text of one to six pieces, with white space between and, sometimes, around."""
    kinds = (_WORDS, _WORDS, _SCRIPTS, _CODE, _ROLE_WORDS)
    parts = [draw.choice(_OUTER)]
    for place in range(draw.randint(1, 6)):
        parts += [draw.choice(_GAPS)] if place else []
        parts.append(draw.choice(draw.choice(kinds)))
    return "".join([*parts, draw.choice(_OUTER)])


def make_conversations(count: int, seed: int, *, with_system: bool = True) -> list[list[Message]]:
    """Conversations of 1, 2, 3, 4, 1, ... turns; a fifth of them begins with a system message."""
    draw, conversations = random.Random(seed), []
    for number in range(count):
        messages: list[Message] = []
        if with_system and number % 5 == 4:
            messages.append({"role": "system", "content": make_text(draw)})
        for _ in range(number % 4 + 1):
            messages += [{"role": role, "content": make_text(draw)} for role in ("user", "assistant")]
        conversations.append(messages)
    return conversations


def make_record(record_id: str, messages: list[Message]) -> Record:
    """A conversation as a record of a data set."""
    return Record(
        id=record_id, shape="turn", source="s", upstream_id=record_id, upstream_version="1", licence="l", made_by="t",
        task="t", messages=tuple(messages),
    )  # fmt: skip
