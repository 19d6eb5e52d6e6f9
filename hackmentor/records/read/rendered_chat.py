"""Parses a dialogue that was rendered by a chat template into one text, as many `text` columns hold it."""

import re
from dataclasses import dataclass

from hackmentor.records.read.repair import RejectedError, Turn

# A prompt of its own may stand before the first mark; longer text is a document that shows a chat.
MAX_PRELUDE = 1_000
SPECIAL = re.compile(
    r"<s>|</s>|<bos>|<eos>|<\|(?:begin_of_text|end_of_text|endoftext|eot_id|im_end|end)\|>|<end_of_turn>"
)
INSTRUCTION = re.compile(r"\[INST\](.*?)\[/INST\](.*?)(?=\[INST\]|\Z)", re.DOTALL)
SYSTEM_PART = re.compile(r"\A\s*<<SYS>>(.*?)<</SYS>>", re.DOTALL)
UNORDERED = "role marks out of order in a rendered chat"


@dataclass(frozen=True, slots=True)
class _Style:
    """Marks that begin a turn; the group of the pattern is the speaker. `roles` are the speakers of the style."""

    mark: re.Pattern[str]
    roles: dict[str, str]
    has_prelude: bool = False


def _make_headings(user: str, assistant: str, *more: str) -> _Style:
    names = (user, assistant, "System", *more)
    pattern = re.compile(rf"#{{2,4}} ?({'|'.join(names)}) ?:")
    roles = {user: "user", assistant: "assistant", "System": "system"} | dict.fromkeys(more, "user")
    return _Style(pattern, roles, has_prelude=True)


def _make_words(user: str, assistant: str, *, has_prelude: bool) -> _Style:
    # Written large they may stand inside a line, as in Vicuna's prompt; else only at the beginning of one.
    place = r"(?:^|(?<=[\s>]))" if has_prelude else r"^[ \t]*"
    pattern = re.compile(rf"{place}({user}|{assistant}|{'SYSTEM' if user.isupper() else 'System'}): ?", re.MULTILINE)
    roles = {user: "user", assistant: "assistant", "SYSTEM": "system", "System": "system"}
    return _Style(pattern, roles, has_prelude)


NAMES = {"system": "system", "developer": "system", "user": "user", "human": "user", "assistant": "assistant"}
STYLES = (
    _Style(re.compile(r"<\|im_start\|>[ \t]*([\w-]+)[ \t]*\n?"), NAMES),
    _Style(re.compile(r"<\|start_header_id\|>([\w-]+)<\|end_header_id\|>\s*"), NAMES),
    _Style(re.compile(r"<start_of_turn>(\w+)\n?"), NAMES | {"model": "assistant"}),
    _Style(re.compile(r"<\|(system|user|assistant)\|>\n?"), NAMES),
    _make_headings("Human", "Assistant"),
    _make_headings("User", "Assistant"),
    _make_headings("Instruction", "Response", "Input"),
    _make_headings("Question", "Answer"),
    _make_words("USER", "ASSISTANT", has_prelude=True),
    _make_words("Human", "Assistant", has_prelude=False),
    _make_words("User", "Assistant", has_prelude=False),
)


def parse_rendered_chat(text: str) -> list[Turn] | None:
    """The turns of a rendered dialogue; None for a text that is no such.

    Raises RejectedError where the marks of a template are there, but not in an order that makes a dialogue.
    """
    body = SPECIAL.sub("\n", text).strip() if "<" in text else text.strip()
    if body.startswith("[INST]"):
        return _parse_instructions(body)
    for style in STYLES:
        first = style.mark.search(body)
        if first and _begins_chat(style, body, first):
            return _split_at_marks(style, body)
    return None


def _begins_chat(style: _Style, body: str, first: re.Match[str]) -> bool:
    speakers = {style.roles.get(found.group(1)) for found in style.mark.finditer(body)}
    return first.start() <= (MAX_PRELUDE if style.has_prelude else 0) and {"user", "assistant"} <= speakers


def _split_at_marks(style: _Style, body: str) -> list[Turn]:
    marks = list(style.mark.finditer(body))
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    prelude = body[: marks[0].start()].strip()
    turns = [Turn("system", prelude)] if prelude else []
    for mark, end in zip(marks, ends, strict=True):
        # A role that is none of ours, such as a tool's, is rejected by name later.
        role = style.roles.get(mark.group(1), mark.group(1))
        content = body[mark.end() : end].strip()
        if mark.group(1) == "Input" and turns:
            content = "\n\n".join(part for part in (turns.pop().text, content) if part)
        turns.append(Turn(role, content))
    return _check_order(turns)


def _parse_instructions(body: str) -> list[Turn]:
    turns: list[Turn] = []
    for question, answer in INSTRUCTION.findall(body):
        if system := SYSTEM_PART.match(question):
            turns.append(Turn("system", system.group(1).strip()))
            question = question[system.end() :]
        turns += [Turn("user", question.strip()), Turn("assistant", answer.strip())]
    return _check_order(turns)


def _check_order(turns: list[Turn]) -> list[Turn]:
    """The turns, where question and answer take turns. What is joined or cut elsewhere would hide a wrong parse."""
    spoken = [turn.role for turn in turns if turn.role != "system"]
    expected = [("user", "assistant")[place % 2] for place in range(len(spoken))]
    if not spoken or (set(spoken) <= {"user", "assistant"} and spoken != expected):
        raise RejectedError(UNORDERED)
    return turns
