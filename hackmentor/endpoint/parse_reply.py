"""Reads the body of a reply. A server may send any JSON, or none: what is wrong with it becomes a fault in words."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hackmentor.endpoint.thoughts import split_thoughts

EMPTY_ANSWER = "an empty answer"
ONLY_THOUGHTS = "only thoughts and no answer"
FILTERED_ANSWER = "stopped by the server's content filter"
CUT_ANSWER = "cut at the length limit"
REFUSED_BY_MODEL = "the model declined to answer"
UNREADABLE_REPLY = "the endpoint's reply can't be read"
REPORTED_ERROR = "the endpoint reported an error"

MAX_SHOWN_CHARACTERS = 300
_MAX_PART_DEPTH = 4
_THOUGHT_KEYS = ("reasoning_content", "reasoning", "thinking")


class Answer(NamedTuple):
    """What one reply says. `fault` is empty if `text` can be used; `finish` is the server's reason for its end."""

    text: str = ""
    thoughts: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    fault: str = ""
    finish: str = ""


def parse_reply(body: bytes) -> Answer:
    """Reads a chat completion: its answer without the thoughts, which are kept aside. Never raises."""
    try:
        content = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        return _build_unreadable("it is not UTF-8")
    except (ValueError, RecursionError):
        return _build_unreadable("it is no JSON")
    if not isinstance(content, dict):
        return _build_unreadable(f"it is {_name_type(content)}, not an object")
    if content.get("error") and not content.get("choices"):
        return Answer(fault=f"{REPORTED_ERROR}: {find_error_sentence(content) or 'without a word'}")
    prompt_tokens, completion_tokens = _read_usage(content.get("usage"))
    answer = _read_choices(content.get("choices"))
    return answer._replace(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)


def find_error_sentence(body: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """The server's own sentence in the body of an error, on one line and cut to a length; empty if there is none."""
    return _to_line(_find_sentence(body, 0))


def _find_sentence(body: Any, depth: int) -> str:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(body, str):
        return body
    if depth > _MAX_PART_DEPTH:
        return ""
    if isinstance(body, list):
        return "; ".join(part for item in body if (part := _find_sentence(item, depth + 1)))
    if not isinstance(body, dict):
        return ""
    where = body.get("loc")  # of FastAPI and pydantic: which key it is about
    place = ".".join(str(part) for part in where) + ": " if isinstance(where, list) else ""
    for key in ("error", "message", "msg", "detail", "errors", "title", "type"):
        if sentence := _find_sentence(body.get(key), depth + 1):
            return place + sentence
    return ""


def _to_line(text: str) -> str:
    # JSON can hold a lone surrogate, which can't be written to a file.
    return " ".join(_replace_surrogates(text).split())[:MAX_SHOWN_CHARACTERS]


def _read_choices(choices: Any) -> Answer:  # noqa: ANN401 - whatever JSON can hold
    if not isinstance(choices, list) or not choices:
        return _build_unreadable("it has no choices")
    choice = choices[0]
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        return _build_unreadable("its choice has no message")
    finish = choice.get("finish_reason")
    try:
        text, thoughts = _join_parts(message.get("content"))
    except ValueError as error:
        return _build_unreadable(str(error))
    declined = message.get("refusal")
    answer, inline = split_thoughts(_replace_surrogates(text))
    beside = [value for key in _THOUGHT_KEYS if isinstance(value := message.get(key), str)]
    kept = "\n\n".join(part for block in (*beside, thoughts, inline) if (part := _replace_surrogates(block).strip()))
    found = Answer(answer, kept, finish=finish if isinstance(finish, str) else "")
    if found.finish == "content_filter":
        return found._replace(fault=FILTERED_ANSWER)
    if not answer and isinstance(declined, str) and declined.strip():
        return found._replace(text=_replace_surrogates(declined).strip(), fault=REFUSED_BY_MODEL)
    if answer:
        return found
    return found._replace(fault=CUT_ANSWER if found.finish == "length" else ONLY_THOUGHTS if kept else EMPTY_ANSWER)


def _join_parts(content: Any, depth: int = 0) -> tuple[str, str]:  # noqa: ANN401 - whatever JSON can hold
    """The text of a message's content, and the thoughts among its parts. Raises ValueError for other than text."""
    if content is None:
        return "", ""
    if isinstance(content, str):
        return content, ""
    if not isinstance(content, list) or depth > _MAX_PART_DEPTH:
        raise ValueError(f"its content is {_name_type(content)}, not text")
    texts, thoughts = [], []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
            continue
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in ("thinking", "reasoning", "thought"):
            inner = next((part[key] for key in ("thinking", "reasoning", "text") if part.get(key)), None)
            thoughts.append(_join_parts(inner, depth + 1)[0])
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])
        else:
            raise ValueError(
                f"a part of its content is {kind if isinstance(kind, str) else _name_type(part)}, not text"
            )
    return "".join(texts), "\n\n".join(thoughts)


def _read_usage(usage: Any) -> tuple[int, int]:  # noqa: ANN401 - whatever JSON can hold
    """The counted tokens of prompt and answer; 0 for a count that is missing or no count."""
    counts = usage if isinstance(usage, dict) else {}
    return _read_count(counts.get("prompt_tokens")), _read_count(counts.get("completion_tokens"))


def _read_count(value: Any) -> int:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        return 0
    return int(value)


def _replace_surrogates(text: str) -> str:
    return text.encode(errors="replace").decode()


def _build_unreadable(reason: str) -> Answer:
    return Answer(fault=f"{UNREADABLE_REPLY}: {_to_line(reason)}")


def _name_type(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, bool):
        return "a truth value"
    names = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number", type(None): "null"}
    return names.get(type(value), type(value).__name__)
