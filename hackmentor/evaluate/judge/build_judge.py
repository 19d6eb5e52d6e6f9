"""Builds the judge that the configuration asks for."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from hackmentor.config.schema import Config, HumanJudgeSettings, LlmJudgeSettings, ReferenceJudgeSettings
from hackmentor.endpoint.settings import Endpoint
from hackmentor.evaluate.judge.human import HumanJudge
from hackmentor.evaluate.judge.llm import LlmJudge
from hackmentor.evaluate.judge.pair import Judge
from hackmentor.runtime.errors import UserError


def build_judge(config: Config, folder: Path) -> Judge:
    """The judge of an experiment. Raises UserError for a missing key or terminal, before anything is measured."""
    match config.judge:
        case ReferenceJudgeSettings(margin=margin):
            from hackmentor.evaluate.judge.reference import ReferenceJudge

            return ReferenceJudge(margin)
        case LlmJudgeSettings() as settings:
            connection = settings.model_dump(exclude={"name", "temperature", "max_tokens", "retry"})
            endpoint = Endpoint(**connection, key="judge", max_tokens_key="judge.max_tokens")
            endpoint.get_api_key()
            retry = settings.retry == "failed"
            return LlmJudge(endpoint, folder / "judge-replies.jsonl", settings.temperature, settings.max_tokens, retry)
        case HumanJudgeSettings():
            if not sys.stdin.isatty():
                raise UserError("judge=human asks in the terminal, and there is none")
            return HumanJudge(folder / "judgements-human.jsonl", config.sampling_seed, Console())
    raise UserError("no judge: choose one with judge=reference, judge=llm or judge=human")
