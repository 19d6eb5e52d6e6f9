"""hackmentor mark: mark answers to a published exam, or to questions of your own, without a model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hackmentor.config.command import run_command
from hackmentor.config.compose import CommandRequest, compose_settings, hydra_initialized
from hackmentor.config.schema import MarkConfig
from hackmentor.exams.marked_answers import mark_constant, mark_responses
from hackmentor.exams.responses import read_responses
from hackmentor.exams.tasks import FoundExam, find_exams
from hackmentor.mark.mark_table import MarkSheet, print_marks
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.files import write_json


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return run_command("mark", argv, mark)


def mark(request: CommandRequest) -> int:
    """Reads the exam and the answers, marks them, writes the marks and prints them."""
    with hydra_initialized(request) as hydra:
        settings = compose_settings(hydra, request, MarkConfig)
    found = _find_one_exam(settings.exam, Path(settings.responses))
    output = Path(settings.output)
    _check_output(output, (found.path, Path(settings.responses)))
    exam = found.task.read(found.path)
    responses = read_responses(Path(settings.responses), found.task, exam)
    marked = [mark_responses(found.task, model, answers) for model, answers in responses.by_model.items()]
    sheet = MarkSheet(found.task, exam, responses, marked, mark_constant(found.task, exam.items), settings.seed)
    write_json(output, sheet.to_json())
    print_marks(sheet, output)
    return 0


def _find_one_exam(spec: str, responses: Path) -> FoundExam:
    """The exam; of a family the one whose file is named in that of the answers, as authors and we name them."""
    found = find_exams(spec, "exam")
    if len(found) > 1:
        named = [exam for exam in found if exam.path.stem in responses.stem]
        # cti-rcm-2021-responses.tsv names cti-rcm too.
        longest = max((len(exam.path.stem) for exam in named), default=0)
        found = [exam for exam in named if len(exam.path.stem) == longest] or found
    if len(found) > 1:
        names = ", ".join(exam.task.name for exam in found)
        path = spec.partition(":")[2]
        raise UserError(f"exam={spec}: there are several exams: {names}; name one: exam={found[0].task.name}:{path}")
    return found[0]


def _check_output(output: Path, inputs: Sequence[Path]) -> None:
    if output.is_dir():
        raise UserError(f"output={output}: is a folder; name a file in it")
    if output.exists() and output.resolve() in [path.resolve() for path in inputs]:
        raise UserError(f"output={output}: would replace what is read; name another file")
    parent = next(folder for folder in output.absolute().parents if folder.exists())
    if not parent.is_dir():
        raise UserError(f"output={output}: {parent} is a file, not a folder")


if __name__ == "__main__":
    sys.exit(main())
