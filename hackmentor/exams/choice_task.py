"""Multiple choice: one letter is right, or all of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hackmentor.exams.exam_file import RowFaultError, Tally
from hackmentor.exams.final_letters import find_final_letters
from hackmentor.exams.item import LETTERS, ExamItem, Mark
from hackmentor.exams.task import ExamTask, get_text
from hackmentor.records.read.rows import Row


class ChoiceTask(ExamTask):
    """The answer is the letter of one option."""

    abstention: ClassVar[str] = ""
    """A letter that the prompt offers for "I don't know": an answer, and a wrong one."""
    unset_keys: ClassVar[frozenset[str]] = frozenset({"X", "?", "-", "N/A", "NONE", "NULL", "NAN"})
    """What stands for a key that the authors don't give."""

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Right if the letter is the key; several letters are unparsed."""
        letters = LETTERS[: len(item.options)] + self.abstention
        found = find_final_letters(answer, letters, item.options)
        if len(found) != 1:
            return Mark("unparsed", 0.0)
        (letter,) = found
        return Mark("correct", 1.0, letter) if letter == item.key else Mark("wrong", 0.0, letter)

    def compute_chance(self, items: Sequence[ExamItem]) -> float | None:
        """The mean of 1 / options."""
        return sum(1 / len(item.options) for item in items) / len(items)

    def read_key(self, key: str, options: Sequence[str], row: Row, tally: Tally) -> str:
        """The key's letter. Raises RowFaultError if it names no option, or several."""
        letter = key.strip().upper()
        if letter in self.unset_keys:
            raise RowFaultError(f"with the key {letter}, which is no option")
        if len(letter) > 1 and set(letter) <= set(LETTERS):
            raise RowFaultError("with several letters as the key")
        if len(letter) != 1 or letter not in LETTERS[: len(options)]:
            raise RowFaultError("with a key that is no option")
        if letter != key:
            tally.repaired[f"key {key!r} read as {letter!r}"].append(row.location)
        return letter


class TableChoiceTask(ChoiceTask):
    """Options in columns Option A to Option D, beside URL, Prompt and Question."""

    key_column: ClassVar[str]

    def build_item(self, fields: Mapping[str, Any], row: Row, tally: Tally) -> ExamItem:
        """From these columns and that of the key."""
        options = read_options(fields, ("Option A", "Option B", "Option C", "Option D"), row, tally)
        key = self.read_key(get_text(fields, self.key_column), options, row, tally)
        return self.build_page_item(fields, row, key, question="Question", options=options)


class SeveralChoicesTask(ChoiceTask):
    """The answer is the set of all right letters, and only the whole set is right."""

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Right if exactly the letters of the key are given."""
        found = find_final_letters(answer, LETTERS[: len(item.options)], item.options)
        if not found:
            return Mark("unparsed", 0.0)
        letters = "".join(sorted(found))
        return Mark("correct", 1.0, letters) if letters == item.key else Mark("wrong", 0.0, letters)

    def compute_chance(self, items: Sequence[ExamItem]) -> float | None:
        """The mean of one among all sets of options but the empty one."""
        return sum(1 / ((1 << len(item.options)) - 1) for item in items) / len(items)

    def read_key(self, key: str, options: Sequence[str], row: Row, tally: Tally) -> str:
        """The key's letters in order. Raises RowFaultError if one of them names no option."""
        letters = "".join(sorted(set(key.upper()) - set(" ,;")))
        if not letters or not set(letters) <= set(LETTERS[: len(options)]):
            raise RowFaultError("with a key that is no option")
        if letters != key:
            tally.repaired[f"key {key!r} read as {letters!r}"].append(row.location)
        return letters


def read_options(fields: Mapping[str, Any], names: Sequence[str], row: Row, tally: Tally) -> tuple[str, ...]:
    """The options of a published file in these fields. One that is empty stays and is counted: its letter is asked for.

    Raises:
        RowFaultError: if none has a text.
    """
    options = tuple(str(fields.get(name) or "").strip() for name in names)
    if not any(options):
        raise RowFaultError("without options")
    if not all(options):
        tally.kept["with an empty option"].append(row.location)
    return options


def list_options(options: Sequence[str]) -> str:
    """The options with their letters, each on a line of its own."""
    return "\n".join(f"{letter}. {text}" for letter, text in zip(LETTERS, options, strict=False))


def require_options(options: Sequence[str]) -> tuple[str, ...]:
    """The options, if there are two or more and none is empty. Raises RowFaultError."""
    if len(options) < 2:
        raise RowFaultError("with fewer than two options")
    if not all(options):
        raise RowFaultError("with an empty option")
    return tuple(options)
