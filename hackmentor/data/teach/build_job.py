"""Builds a teaching job from its configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hackmentor.config.schema import BrainstormJob, ConsultJob, DialoguesJob, ExpandJob, TeacherJob, TeacherSettings
from hackmentor.data.sources import is_user_source, load_source
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.seeds import Seed, list_plain_seeds
from hackmentor.data.sources.user_files import resolve_user_path
from hackmentor.data.teach.brainstorm import BrainstormGenerator
from hackmentor.data.teach.consult import ConsultGenerator
from hackmentor.data.teach.dialogues import DialogueGenerator
from hackmentor.data.teach.expand import InstructionGenerator
from hackmentor.data.teach.source_texts import extract_texts, sample_texts
from hackmentor.data.teach.teaching_job import SamplingSettings, TeachingJob
from hackmentor.runtime.errors import UserError


def build_job(settings: TeacherJob, teacher: TeacherSettings, seed: int) -> TeachingJob:
    """The teaching job. Raises UserError for sources that are missing or contain no text to teach from."""
    sampling = SamplingSettings(teacher.model, seed, teacher.temperature, settings.max_tokens)
    seeds = list_plain_seeds()
    match settings:
        case ExpandJob(count=count, each=each, rounds=rounds):
            categories = _read_categories(settings.categories, seeds)
            return InstructionGenerator(seeds, categories, sampling, teacher.licence, count, each, rounds)
        case ConsultJob(leads=leads, count=count, turns=turns):
            categories = _read_categories(settings.categories, seeds)
            return ConsultGenerator(categories, sampling, teacher.licence, leads, count, turns)
        case BrainstormJob(count=count, each=each):
            return BrainstormGenerator(_read_categories(settings.categories, seeds), sampling, count, each)
        case DialoguesJob():
            return _build_dialogue_job(settings, sampling, seed)


def _build_dialogue_job(settings: DialoguesJob, sampling: SamplingSettings, seed: int) -> DialogueGenerator:
    catalogues = [
        load_documents(resolve_user_path(name)) if is_user_source(name) else load_source(name)
        for name in settings.sources
    ]
    texts = [text for catalogue in catalogues for text in extract_texts(catalogue)]
    if not texts:
        raise UserError(f"job.sources={settings.sources}: none of them holds a text to talk about")
    return DialogueGenerator(sample_texts(texts, settings.count, seed), sampling, settings.turns)


def _read_categories(category_file: str | None, seeds: Sequence[Seed]) -> list[str]:
    """The categories in a file, one a line; without a file those of the seeds."""
    if category_file is None:
        return sorted({seed.category for seed in seeds})
    path = Path(category_file)
    if not path.is_file():
        raise UserError(
            f"job.categories={category_file}: no such file; `hackmentor data teach job=brainstorm` makes one"
        )
    names = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not names:
        raise UserError(f"job.categories={category_file}: the file is empty; write one category a line")
    return list(dict.fromkeys(names))
