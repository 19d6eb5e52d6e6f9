"""Masks secrets and personal data, and leaves what only looks like them: documentation names and teaching examples."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from hackmentor.records.record import Message, Record

# Names and domains set aside for documentation (RFC 2606, RFC 6761).
EXAMPLE_DOMAIN = re.compile(r"(?:^|\.)(?:example(?:\.\w+)?|test|invalid|localhost|local)$", re.IGNORECASE)
# Parts that must be followed by something have a bound: else each place of a long run would search the rest of it.
SECRETS: dict[str, re.Pattern[str]] = {
    "private key": re.compile(
        r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[A-Za-z0-9+/=\s]{100,}?-----END (?:[A-Z]+ )*PRIVATE KEY-----"
    ),
    "AWS access key": re.compile(r"\b(?:AKIA|ASIA)(?![0-9A-Z]*EXAMPLE)[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b"),
    "Slack token": re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{20,}\b"),
    "Google API key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "API key": re.compile(r"\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{32,}\b"),
    "JSON web token": re.compile(r"\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,8000}\.[\w-]{10,}"),
}
EMAIL = re.compile(r"\b[A-Za-z0-9][A-Za-z0-9._%+-]{0,127}@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})\b")
PHONE = re.compile(
    r"(?<![\w.+-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?(?:\d{2,4}[ .-]?){2,4}\d{2,4}"
    r"|\(?\d{3}\)?[ .-]\d{3}[.-]\d{4})(?![\w-]|\.\d)"
)
CARD_NUMBER = re.compile(r"\b\d(?:[ -]?\d){12,15}\b")

# One quick search for anything that the patterns above could match: most records contain nothing of the kind.
SUSPECT = re.compile(r"@|-----BEGIN|AKIA|ASIA|gh[pousr]_|github_pat_|xox|AIza|sk-|eyJ|\d[\d .()-]{8,}\d")


def mask_text(text: str) -> tuple[str, list[str]]:
    """The text with secrets and personal data replaced by their kind in brackets, and the kinds that were found."""
    found: list[str] = []
    if not SUSPECT.search(text):
        return text, found

    def hide(kind: str, genuine: Callable[[re.Match[str]], bool]) -> Callable[[re.Match[str]], str]:
        def replaced(match: re.Match[str]) -> str:
            if not genuine(match):
                return match.group()
            found.append(kind)
            return f"[{kind}]"

        return replaced

    for kind, pattern in SECRETS.items():
        text = pattern.sub(hide(kind, lambda _: True), text)
    text = EMAIL.sub(hide("e-mail address", lambda match: not EXAMPLE_DOMAIN.search(match.group(1))), text)
    text = CARD_NUMBER.sub(hide("card number", lambda match: _is_card_number(match.group())), text)
    text = PHONE.sub(hide("phone number", lambda match: _is_phone_number(match.group())), text)
    return text, list(dict.fromkeys(found))


def _is_card_number(text: str) -> bool:
    digits = [int(sign) for sign in text if sign.isdigit()]
    if digits[0] not in (3, 4, 5, 6) or len(set(digits)) < 4:
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_phone_number(text: str) -> bool:
    digits = "".join(sign for sign in text if sign.isdigit())
    # 555-01xx is set aside for fiction; one digit over and over is a placeholder.
    return 9 < len(digits) < 16 and "55501" not in digits and len(set(digits)) > 2


def mask_record(record: Record) -> tuple[Record, list[str]]:
    """The record with every text masked, and the kinds that were found."""
    has_roles = any(len(message) > 2 for message in record.messages)
    if not SUSPECT.search(record.to_text()) and not has_roles:
        return record, []
    found: list[str] = []

    def masked(text: str) -> str:
        clean, kinds = mask_text(text)
        found.extend(kinds)
        return clean

    messages = tuple(cast(Message, {**item, **_mask_said(item, masked)}) for item in record.messages)
    changed = replace(
        record,
        messages=messages,
        instruction=masked(record.instruction),
        input=masked(record.input),
        output=masked(record.output),
    )
    return (changed, list(dict.fromkeys(found))) if found else (record, [])


def _mask_said(message: Message, masked: Callable[[str], str]) -> dict[str, Any]:
    """What a message says, with its thought and the arguments of its calls, each text masked."""
    said: dict[str, Any] = {"content": masked(message["content"])}
    if thought := message.get("reasoning_content"):
        said["reasoning_content"] = masked(thought)
    if calls := message.get("tool_calls"):
        said["tool_calls"] = [{**call, "arguments": _mask_values(call["arguments"], masked)} for call in calls]
    return said


def _mask_values(value: Any, masked: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: _mask_values(item, masked) for key, item in value.items()}
    return [_mask_values(item, masked) for item in value] if isinstance(value, list) else value
