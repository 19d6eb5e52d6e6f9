"""From the settings of a job to the job: the door where configuration ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from hackmentor.config.schema import BrainstormJob, ConsultJob, DialoguesJob, ExpandJob, Teacher, TeacherJob
from hackmentor.data.sources import is_own, load_source
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.seeds import Seed, load_seeds
from hackmentor.data.sources.user_files import own_path
from hackmentor.data.teach.brainstorm import Brainstorm
from hackmentor.data.teach.consult import Consult
from hackmentor.data.teach.dialogues import Dialogues
from hackmentor.data.teach.expand import Expand
from hackmentor.data.teach.source_texts import drawn, texts_of
from hackmentor.data.teach.teaching_job import Job, Manner
from hackmentor.runtime.errors import UserError


def choose_job(settings: TeacherJob, teacher: Teacher, seed: int) -> Job:
    """The job. Raises UserError for sources that are not there, or that hold nothing to teach from."""
    manner = Manner(teacher.model, seed, teacher.temperature, settings.max_tokens)
    seeds = cast(Sequence[Seed], load_seeds().entries)
    match settings:
        case ExpandJob(count=count, each=each, rounds=rounds):
            categories = _categories(settings.categories, seeds)
            return Expand(seeds, categories, manner, teacher.licence, count, each, rounds)
        case ConsultJob(leads=leads, count=count, turns=turns):
            categories = _categories(settings.categories, seeds)
            return Consult(categories, manner, teacher.licence, leads, count, turns)
        case BrainstormJob(count=count, each=each):
            return Brainstorm(_categories(settings.categories, seeds), manner, count, each)
        case DialoguesJob():
            return _dialogues(settings, manner, seed)


def _dialogues(settings: DialoguesJob, manner: Manner, seed: int) -> Dialogues:
    catalogues = [load_documents(own_path(name)) if is_own(name) else load_source(name) for name in settings.sources]
    texts = [text for catalogue in catalogues for text in texts_of(catalogue)]
    if not texts:
        raise UserError(f"job.sources={settings.sources}: none of them holds a text to talk about")
    return Dialogues(drawn(texts, settings.count, seed), manner, settings.turns)


def _categories(file: str | None, seeds: Sequence[Seed]) -> list[str]:
    """The categories in a file, one a line; without a file those of the seeds."""
    if file is None:
        return sorted({seed.category for seed in seeds})
    path = Path(file)
    if not path.is_file():
        raise UserError(f"job.categories={file}: no such file; `hackmentor data teach job=brainstorm` makes one")
    names = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not names:
        raise UserError(f"job.categories={file}: the file is empty; write one category a line")
    return list(dict.fromkeys(names))
