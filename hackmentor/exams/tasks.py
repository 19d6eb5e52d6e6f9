"""All exams that can be read, and which of them a path holds."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from hackmentor.exams.athena import AthenaAte, AthenaMcq, AthenaRcm, AthenaRms, AthenaTaa, AthenaVsp
from hackmentor.exams.ctibench_ate import CtibenchAte
from hackmentor.exams.ctibench_mcq import CtibenchMcq
from hackmentor.exams.ctibench_rcm import CtibenchRcm, CtibenchRcm2021
from hackmentor.exams.ctibench_taa import CtibenchTaa
from hackmentor.exams.ctibench_vsp import CtibenchVsp
from hackmentor.exams.cybermetric import CyberMetric80, CyberMetric500, CyberMetric2000, CyberMetric10000
from hackmentor.exams.exam_file import identify_file
from hackmentor.exams.own_questions import OwnQuestions
from hackmentor.exams.refusal_task import CyberSecEvalRefusals, StrongReject, XsTest
from hackmentor.exams.secbench import SecBenchChinese, SecBenchEnglish
from hackmentor.exams.seceval import SecEval
from hackmentor.exams.secure import SecureCpst, SecureCwet, SecureKcv, SecureMaet, SecureRert, SecureVood
from hackmentor.exams.task import ExamTask
from hackmentor.runtime.errors import UserError

# What each name before the colon stands for, in the order of tables.
FAMILIES: dict[str, tuple[type[ExamTask], ...]] = {
    "ctibench": (CtibenchMcq, CtibenchRcm, CtibenchRcm2021, CtibenchVsp, CtibenchAte, CtibenchTaa),
    "cybermetric": (CyberMetric80, CyberMetric500, CyberMetric2000, CyberMetric10000),
    "seceval": (SecEval,),
    "secbench": (SecBenchEnglish, SecBenchChinese),
    "secure": (SecureMaet, SecureCwet, SecureKcv, SecureVood, SecureRert, SecureCpst),
    "athena": (AthenaMcq, AthenaRcm, AthenaVsp, AthenaAte, AthenaRms, AthenaTaa),
    "cyberseceval": (CyberSecEvalRefusals,),
    "xstest": (XsTest,),
    "strongreject": (StrongReject,),
    "mcq": (OwnQuestions,),
}
TASKS: dict[str, type[ExamTask]] = {task.name: task for tasks in FAMILIES.values() for task in tasks}


@dataclass(frozen=True)
class FoundExam:
    """An exam and the file that holds it."""

    task: ExamTask
    path: Path


def find_exams(spec: str, key: str) -> list[FoundExam]:
    """The exams of NAME:PATH, where NAME is a family or one of its exams, and PATH a clone of its repository or a file.

    Args:
        spec: such as `ctibench:cti-bench`, `ctibench-mcq:cti-bench` or `mcq:questions.csv`.
        key: the configuration key that it comes from, for messages.

    Raises:
        UserError: if there is no such name, or nothing of it at that path.
    """
    name, colon, place = spec.partition(":")
    known = {**{task.name: (task,) for task in TASKS.values()}, **FAMILIES}
    if name not in known or not colon or not place:
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}:PATH?" if close and colon else f"write NAME:PATH with {', '.join(FAMILIES)}"
        raise UserError(f"{key}={spec}: there is no such exam; {hint}")
    path = Path(place).expanduser()
    if not path.exists():
        raise UserError(f"{key}={spec}: {path}: no such file or folder; docs/exams.md says where each exam is had")
    if not path.is_dir() and not path.is_file():
        raise UserError(f"{key}={spec}: {path}: a pipe or a device; save what comes from it in a file, and name that")
    tasks = known[name]
    found = _find_in_folder(tasks, path) if path.is_dir() else _match_file(tasks, path)
    if not found:
        files = ", ".join(sorted({task.files[0] for task in tasks if task.files})) or "a file, not a folder"
        names = " or ".join(f"{task.name}:FILE" for task in tasks)
        raise UserError(f"{key}={spec}: {path} has nothing of {name}; it looks for {files}; or name {names}")
    return found


def _find_in_folder(tasks: tuple[type[ExamTask], ...], folder: Path) -> list[FoundExam]:
    return [
        FoundExam(task(), file)
        for task in tasks
        if (file := next((folder / name for name in task.files if (folder / name).is_file()), None))
    ]


def _match_file(tasks: tuple[type[ExamTask], ...], file: Path) -> list[FoundExam]:
    """One exam is taken at its word; of a family, those whose file has this name or hash."""
    if len(tasks) == 1:
        return [FoundExam(tasks[0](), file)]
    release = identify_file(file).release
    # One file of SecBench holds two exams, and is secbench in the list of releases.
    known = [task for task in tasks if release is not None and task.name.startswith(release.task)]
    exact = [task for task in known if release is not None and task.name == release.task]
    named = [task for task in tasks if file.name in {Path(name).name for name in task.files}]
    return [FoundExam(task(), file) for task in exact or known or named]
