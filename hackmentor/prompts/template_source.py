"""A base's own chat template with what it is given written into it, so that any program renders it as training does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date

from hackmentor.runtime.errors import UserError

# The function by which a template asks for today's date, and the form that it asks for.
_DATE_CALL = re.compile(r"strftime_now\(\s*(?:\"([^\"]*)\"|'([^']*)')\s*\)")


def write_arguments(
    text: str, *, arguments: Mapping[str, object], today: date | None, system_prompt: str | None
) -> str:
    """A template that needs nothing but the messages. With no arguments it is the text as it is.

    Args:
        text: of the template.
        arguments: its variables beside the messages, such as enable_thinking.
        today: what it takes for the day of today, where it writes that; the same in training and in use.
        system_prompt: the system message of a conversation that has none; None adds none.

    Raises:
        UserError: if it writes the date of today and `today` is None: every day would train another prompt.
    """
    lines = [f"{{%- set {name} = {_to_jinja(value)} %}}" for name, value in arguments.items()]
    if "strftime_now" in text:
        lines += _define_today(text, today)
    if system_prompt is not None:
        message = _to_jinja({"role": "system", "content": system_prompt})
        lines.append(
            "{%- if not messages or messages[0]['role'] != 'system' %}"
            f"{{%- set messages = [{message}] + messages %}}{{%- endif %}}"
        )
    # The line break after a tag is dropped, here and in every program that renders chat templates.
    return "".join(f"{line}\n" for line in lines) + text


def _define_today(text: str, today: date | None) -> list[str]:
    if today is None:
        raise UserError(
            "the base's chat template writes the date of today, so every day would train another prompt; say which "
            "day it is for training and use, with base.template_date=YYYY-MM-DD"
        )
    forms = {double or single for double, single in _DATE_CALL.findall(text)}
    days = {form: today.strftime(form) for form in sorted(forms)}
    return [
        f"{{%- set dates_of_today = {_to_jinja(days)} %}}",
        "{%- macro strftime_now(form) %}"
        f"{{{{- dates_of_today[form] or {_to_jinja(today.isoformat())} }}}}"
        "{%- endmacro %}",
    ]


def _to_jinja(value: object) -> str:
    """A value as an expression of Jinja."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_to_jinja(str(key))}: {_to_jinja(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_to_jinja, value)) + "]"
    # Jinja reads \ud83d\udd12 as two halves of a character, so that characters stay as they are.
    return json.dumps(value, ensure_ascii=False)
