"""Suricata rules as far as a payload decides: read by suricataparser, run over a request by its contents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

Request = Mapping[str, str]
_HEADER = re.compile(r"^alert\s+(\w+)\s+(\S+)\s+(\S+)\s+->\s+(\S+)\s+(\S+)\s+\(")
_BYTES = re.compile(r"\|([0-9A-Fa-f ]+)\|")
# The buffer that a content looks at -> the part of a request.
_BUFFERS = {
    "http.uri": "uri",
    "http.user_agent": "user_agent",
    "http.host": "host",
    "http.method": "method",
    "http.request_body": "body",
    "dns.query": "query",
}


@dataclass(frozen=True, slots=True)
class Content:
    """A text that has to be in a part of a request, or must not be."""

    text: str
    part: str
    nocase: bool
    negated: bool

    def holds(self, request: Request) -> bool:
        """Whether it holds."""
        whole = request.get(self.part, "") if self.part else "\n".join(request.values())
        found = self.text.lower() in whole.lower() if self.nocase else self.text in whole
        return found != self.negated


def find_rule_fault(line: str) -> str:
    """Why a line is no usable rule; empty if it is one."""
    import suricataparser

    text = " ".join(line.split())
    header = _HEADER.match(text)
    if not header:
        return "no rule of the form `alert PROTOCOL SOURCE PORT -> DESTINATION PORT (...)`"
    try:
        rule = suricataparser.parse_rule(text)
    except Exception as error:  # the parser raises many kinds of errors of its own
        return f"it does not parse: {error}"
    if rule is None:
        return "it does not parse"
    names = [option.name for option in rule.options]
    lacking = [name for name in ("msg", "sid", "rev") if name not in names]
    return f"it has no {lacking[0]}" if lacking else "" if "content" in names else "it has no content"


def read_contents(line: str) -> list[Content]:
    """The contents of a rule, each with the buffer before it and the modifiers behind it."""
    import suricataparser

    found: list[Content] = []
    part = ""
    for option in suricataparser.parse_rule(" ".join(line.split())).options:
        if option.name in _BUFFERS:
            part = _BUFFERS[option.name]
        elif option.name == "content":
            value = str(option.value)
            text = value.removeprefix("!").strip().strip('"')
            text = _BYTES.sub(lambda match: bytes.fromhex(match[1]).decode("latin-1"), text)
            found.append(Content(text, part, nocase=False, negated=value.startswith("!")))
        elif option.name == "nocase" and found:
            last = found.pop()
            found.append(Content(last.text, last.part, nocase=True, negated=last.negated))
    return found


def rule_matches(line: str, request: Request) -> bool:
    """Whether all contents of a rule hold of a request."""
    return all(content.holds(request) for content in read_contents(line))
