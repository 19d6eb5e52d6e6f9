"""Logs an evaluation to the tracker: a run of each contestant, and the run of the comparison."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from hackmentor.cell.folder import get_cell_folder
from hackmentor.config.schema import Config
from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.arena import BATTLES_FILE
from hackmentor.evaluate.contestants import Contestant, ContestantSet, Guest
from hackmentor.evaluate.tracking.table_rows import (
    build_battle_rows,
    build_comparison_rows,
    build_finding_rows,
    build_judge_confusions,
    build_leaderboard_rows,
    build_prediction_rows,
    build_split_rows,
)
from hackmentor.evaluate.verdict.verdict import Verdict
from hackmentor.records.dataset_folder import locate_dataset
from hackmentor.runtime.files import read_json_object, read_jsonl, write_json
from hackmentor.track import artifacts
from hackmentor.track.tracked_run import tracked_run
from hackmentor.track.tracker import Artifact, Tracker

RUN_FILE = "evaluate-run.json"


def track_contestants(
    contestants: ContestantSet, verdict: Verdict, answers: Mapping[str, Sequence[Answer]], config: Config
) -> None:
    """Logs a run of each contestant whose answers or measures are new: its inputs, its answers and its measures."""
    for contestant in contestants.all_contestants:
        artifact = artifacts.build_answers_artifact(config.experiment, contestant.name, contestant.folder)
        logged, digest = read_json_object(contestant.folder / RUN_FILE) or {}, _hash_metadata(artifact)
        if logged.get("content") == digest:
            continue
        run_id = str(logged.get("id") or secrets.token_hex(4))
        write_json(contestant.folder / RUN_FILE, {"id": run_id})
        run_config = contestant.config if isinstance(contestant, Contestant) else config
        with tracked_run(
            run_config, job_type="evaluate", name=contestant.name, get_run_id=partial(str, run_id)
        ) as tracker:
            for input_artifact in _get_inputs(contestant):
                tracker.use_artifact(input_artifact)
            tracker.log_artifact(artifact)
            tracker.log_summary(_collect_values(verdict, contestant.name))
            tracker.log_table("answers", build_prediction_rows(answers[contestant.name]))
        write_json(contestant.folder / RUN_FILE, {"id": run_id, "content": digest})


def track_verdict(tracker: Tracker, verdict: Verdict, answers: Mapping[str, Sequence[Answer]], folder: Path) -> None:
    """Logs the comparison to its run: all answers, the ranking, the battles, and how far the judges agree."""
    for name in answers:
        tracker.use_artifact(artifacts.build_answers_artifact(verdict.experiment, name, folder / name))
    facts = {"ranking": list(verdict.ranking), "judge": dict(verdict.judge), "decided_by": verdict.decided_by}
    tracker.log_artifact(artifacts.build_ratings_artifact(verdict.experiment, folder, facts))
    tracker.log_summary({"best": verdict.ranking[0], "verdict": verdict.paragraph, **facts})
    battles = read_jsonl(folder / BATTLES_FILE)
    tracker.log_table("leaderboard", build_leaderboard_rows(verdict))
    tracker.log_table("differences", build_finding_rows(verdict))
    if verdict.exam_splits:
        tracker.log_table("exam_splits", build_split_rows(verdict))
    tracker.log_table("answers", build_comparison_rows(answers))
    if battles:
        tracker.log_table("battles", build_battle_rows(battles))
    for name, confusion in build_judge_confusions(battles):
        tracker.log_confusion_matrix(name, confusion)


def _get_inputs(contestant: Contestant | Guest) -> Sequence[Artifact]:
    if isinstance(contestant, Guest):
        return ()
    folder = get_cell_folder(contestant.config)
    weights = (
        artifacts.build_adapter_artifact(contestant.config.experiment, contestant.name, folder)
        if contestant.tuned
        else artifacts.build_base_artifact(folder.read_card())
    )
    return weights, artifacts.build_dataset_artifact(locate_dataset(contestant.config))


def _collect_values(verdict: Verdict, name: str) -> dict[str, float]:
    values = {measure.name: measure.scores[name].value for measure in verdict.measures if name in measure.scores}
    rating = (verdict.ratings or {}).get("bradley_terry", {}).get(name)
    return values | ({"rating": rating["rating"]} if rating else {})


def _hash_metadata(artifact: Artifact) -> str:
    return hashlib.sha256(json.dumps(artifact.metadata, sort_keys=True).encode()).hexdigest()
