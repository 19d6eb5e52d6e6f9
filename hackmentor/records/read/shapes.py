"""Parses the shapes of conversations that other projects write into turns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hackmentor.records.read.foreign_formats import name_foreign_format
from hackmentor.records.read.keys import (
    ANSWER_KEYS,
    CONVERSATION_KEYS,
    QUESTION_KEYS,
    SYSTEM_KEYS,
    NoteUnread,
    check_message_keys,
    decode_list,
    is_empty,
)
from hackmentor.records.read.rendered_chat import parse_rendered_chat
from hackmentor.records.read.repair import ROLE_BY_ALIAS, TOOL_ROLES, RejectedError, Turn
from hackmentor.records.read.tool_turns import (
    CALL_KEYS,
    CALL_ROLES,
    RESULT_KEYS,
    THOUGHT_KEYS,
    TOOL_DEFINITION_KEYS,
    find_thought,
    parse_tool_call,
    parse_tool_calls,
    parse_tool_definitions,
)

SHAPE_NAMES = {"messages": "openai", "conversations": "sharegpt", "conversation": "objects", "dialogue": "objects"}
THOUGHT_PARTS = ("reasoning", "thinking")


@dataclass(slots=True)
class ShapeReader:
    """Reads one item: what it read is in `read`, and what it saw in messages and did not read goes to `note_unread`."""

    item: Mapping[str, Any]
    note_unread: NoteUnread
    read: set[str] = field(default_factory=set)

    def parse_conversation(self) -> tuple[str, list[Turn]] | None:
        """The shape of an item that is a dialogue, and its turns; None if it is none. Raises ValueError, TypeError."""
        key = next((key for key in CONVERSATION_KEYS if isinstance(self.get_list(key), (list, tuple))), None)
        if key is not None:
            self.read.add(key)
            turns = self._parse_turns(self.get_list(key), "'messages'")
            return SHAPE_NAMES[key], [*self._parse_system(), *self._add_chosen(turns)]
        if (preferred := self._parse_preference()) is not None:
            return "preference", [*self._parse_system(), *preferred]
        text = self.item.get("text")
        has_question = self.find_key(QUESTION_KEYS) is not None
        parsed = parse_rendered_chat(text) if isinstance(text, str) and not has_question else None
        if parsed is None:
            return None
        self.read.add("text")
        return "rendered", [*self._parse_system(), *parsed]

    def find_key(self, keys: Sequence[str]) -> str | None:
        """The one key of several that says something, and notes it as read. Raises RejectedError where two differ."""
        present = [key for key in keys if not is_empty(self.item.get(key))]
        if len(present) > 1 and self.item[present[0]] != self.item[present[1]]:
            raise RejectedError(f"both {present[0]!r} and {present[1]!r}")
        self.read.update(present)
        return present[0] if present else next((key for key in keys if key in self.item), None)

    def get_list(self, key: str) -> object:
        """The value of a field, decoded where a table holds a list as text."""
        return decode_list(self.item.get(key))

    def parse_earlier(self) -> list[Turn]:
        """What `system` and `history` say before the question of an instruction."""
        turns = self._parse_system()
        history = self.get_list("history")
        self.read.add("history")
        if is_empty(history):
            return turns
        if not isinstance(history, (list, tuple)):
            raise TypeError("field 'history' must be a list")
        for part in history:
            if isinstance(part, Mapping):
                turns += self._parse_turns([part], "'history'")
            elif isinstance(part, (list, tuple)) and len(part) == 2 and all(isinstance(text, str) for text in part):
                turns += [Turn("user", part[0]), Turn("assistant", part[1])]
            else:
                raise RejectedError("'history' is no list of questions with answers")
        return turns

    def parse_bare(self, items: Sequence[Any]) -> list[Turn]:
        """The turns of a list that stands alone."""
        return self._parse_turns(items, "the list")

    def parse_tools(self) -> tuple[Mapping[str, Any], ...]:
        """The tools on offer in a dialogue. Raises RejectedError."""
        key = self.find_key(TOOL_DEFINITION_KEYS)
        return () if key is None or is_empty(self.item[key]) else parse_tool_definitions(self.item[key])

    def describe_fields(self) -> str:
        """Why an item has no shape."""
        if name := name_foreign_format(self.item):
            return f"{name}, which can't be read yet"
        if self.item.keys() == {"text"}:
            return "plain text among records; documents stand in files of their own"
        return f"no known shape; its fields are {', '.join(map(repr, self.item)) or 'none'}"

    def _parse_system(self) -> list[Turn]:
        key = self.find_key(SYSTEM_KEYS)
        if key is None or is_empty(self.item[key]):
            return []
        return [Turn("system", get_text_field(self.item, key))]

    def _add_chosen(self, turns: list[Turn]) -> list[Turn]:
        chosen = self.get_list("chosen")
        if is_empty(chosen):
            return turns
        self.read.add("chosen")
        answer = self._parse_chosen(chosen)
        if answer == turns or turns[-len(answer) :] == answer:
            return turns
        if _is_answer(answer) and turns and not _is_answer(turns[-1:]):
            return [*turns, *answer]
        raise RejectedError("both an answer and 'chosen'")

    def _parse_chosen(self, chosen: object) -> list[Turn]:
        if isinstance(chosen, str):
            return parse_rendered_chat(chosen) or [Turn("assistant", chosen)]
        return self._parse_turns(chosen if isinstance(chosen, (list, tuple)) else [chosen], "'chosen'")

    def _parse_preference(self) -> list[Turn] | None:
        """The dialogue of `chosen` or `completion` where these or the prompt hold messages, or one rendered chat."""
        question, answer = self.find_key(QUESTION_KEYS), self.find_key(ANSWER_KEYS)
        asked, answered = self.get_list(question or ""), self.get_list(answer or "")
        holds_messages = any(isinstance(value, (list, tuple, Mapping)) for value in (asked, answered))
        if is_empty(answered) or (not holds_messages and (answer != "chosen" or question is not None)):
            return None
        turns = self._parse_chosen(answered)
        if not _is_answer(turns):
            # The whole dialogue, which repeats the prompt.
            return turns
        if is_empty(asked):
            raise RejectedError(f"{answer!r} without a question")
        before = [Turn("user", asked)] if isinstance(asked, str) else self._parse_turns(asked, f"{question!r}")
        return [*before, *turns]

    def _parse_turns(self, parts: object, name: str) -> list[Turn]:
        if not isinstance(parts, (list, tuple)):
            raise TypeError(f"field {name} must be a list")
        return [turn for part in parts for turn in self._parse_message(require_object(part))]

    def _parse_message(self, part: Mapping[str, Any]) -> list[Turn]:
        if "role" in part:
            return [self._parse_spoken(part, "role", "content")]
        if "from" in part:
            return [self._parse_spoken(part, "from", "value")]
        return self._parse_role_keys(part)

    def _parse_spoken(self, part: Mapping[str, Any], speaker: str, content: str) -> Turn:
        role = get_text_field(part, speaker)
        kind = role.strip().lower()
        read = {speaker, content}
        if kind in TOOL_ROLES:
            read |= {key for key in RESULT_KEYS if isinstance(part.get(key), str)}
        elif ROLE_BY_ALIAS.get(kind) == "assistant":
            read |= {*THOUGHT_KEYS, *CALL_KEYS}
        is_trained = check_message_keys(part, frozenset(read), self.note_unread)
        if kind in CALL_ROLES:
            return Turn("assistant", "", is_trained, calls=(parse_tool_call(get_text_field(part, content)),))
        if kind in TOOL_ROLES:
            named = {key: part[key] for key in RESULT_KEYS if key in read}
            text = self._get_content(part, content)[0]
            return Turn(role, text, call_id=named.get("tool_call_id", ""), tool=named.get("name", ""))
        if ROLE_BY_ALIAS.get(kind) != "assistant":
            return Turn(role, self._get_content(part, content)[0], is_trained)
        calls = parse_tool_calls(part)
        text, thought = ("", "") if calls and part.get(content) is None else self._get_content(part, content)
        return Turn(role, text, is_trained, find_thought(part) or thought, calls)

    def _parse_role_keys(self, part: Mapping[str, Any]) -> list[Turn]:
        """An object whose keys are the roles; with both it speaks twice, the user first."""
        known = [key for key in part if key.strip().lower() in ROLE_BY_ALIAS]
        if not known:
            raise ValueError(f"no speaker among the fields {', '.join(map(repr, part)) or '(none)'}")
        is_trained = check_message_keys(part, frozenset(known), self.note_unread)
        spoken = [key for key in known if part[key] is not None]
        spoken.sort(key=lambda key: ("system", "user", "assistant").index(ROLE_BY_ALIAS[key.strip().lower()]))
        return [Turn(key, get_text_field(part, key), is_trained) for key in spoken]

    def _get_content(self, message: Mapping[str, Any], key: str) -> tuple[str, str]:
        """The text of a message, and the thought that is a part of its content."""
        value = message.get(key)
        if not isinstance(value, (list, tuple)):
            return get_text_field(message, key), ""
        texts, thoughts = [], []
        for part in map(require_object, value):
            kind = part.get("type")
            if kind in THOUGHT_PARTS:
                said = next((part[name] for name in (kind, "text") if isinstance(part.get(name), str)), "")
                if not said:
                    self.note_unread(f"content of the type {kind!r} in a message")
                thoughts.append(said)
            elif kind != "text":
                raise RejectedError("content other than text")
            else:
                texts.append(get_text_field(part, "value" if "text" not in part and "value" in part else "text"))
        return "\n\n".join(texts), "\n\n".join(part for part in thoughts if part.strip())


def _is_answer(turns: Sequence[Turn]) -> bool:
    return len(turns) == 1 and ROLE_BY_ALIAS.get(turns[0].role.strip().lower()) == "assistant"


def require_object(value: object) -> Mapping[str, Any]:
    """The value as an object. Raises TypeError if it is none."""
    if not isinstance(value, dict):
        raise TypeError(f"a message must be an object, not {type(value).__name__}")
    return value


def get_text_field(fields: Mapping[str, Any], field: str) -> str:
    """A text field. Raises ValueError or TypeError if it is missing or no text."""
    if field not in fields:
        raise ValueError(f"field {field!r} is missing")
    value = fields[field]
    if not isinstance(value, str):
        raise TypeError(f"field {field!r} must be text, not {type(value).__name__}")
    return value
