"""The runs of an evaluation. The door where configuration ends, for its tracking."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from hackmentor.cell.folder import cell_folder
from hackmentor.config.schema import Config
from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.arena import BATTLES
from hackmentor.evaluate.contestants import Contestant, Field, Guest
from hackmentor.evaluate.tracking.table_rows import (
    differences,
    judgements,
    judges_compared,
    leaderboard,
    own_answers,
    side_by_side,
)
from hackmentor.evaluate.verdict.verdict import Verdict
from hackmentor.records.dataset_folder import data_folder
from hackmentor.runtime.files import read_json, read_jsonl, write_json
from hackmentor.track import artifacts as lineage
from hackmentor.track.tracked_run import tracked
from hackmentor.track.tracker import Artifact, Tracker

RUN = "evaluate-run.json"


def track_contestants(field: Field, verdict: Verdict, answers: Mapping[str, Sequence[Answer]], config: Config) -> None:
    """A run of each contestant whose answers or figures are new: what it was made of, what it said, how it did."""
    for one in field.everyone:
        made, own = lineage.answers(config.experiment, one.name, one.folder), _config_of(one, config)
        known, digest = read_json(one.folder / RUN) or {}, _digest(made)
        if known.get("content") == digest:
            continue
        run_id = str(known.get("id") or secrets.token_hex(4))
        write_json(one.folder / RUN, {"id": run_id})
        with tracked(own, job="evaluate", name=one.name, run_id=partial(str, run_id)) as tracker:
            for used in _made_from(one):
                tracker.used(used)
            tracker.made(made)
            tracker.summary(_figures(verdict, one.name))
            tracker.table("answers", own_answers(answers[one.name]))
        write_json(one.folder / RUN, {"id": run_id, "content": digest})


def track_verdict(tracker: Tracker, verdict: Verdict, answers: Mapping[str, Sequence[Answer]], folder: Path) -> None:
    """Into the run of the comparison: the answers of all, who won, by whose judgement, and how far judges agree."""
    for name in answers:
        tracker.used(lineage.answers(verdict.experiment, name, folder / name))
    facts = {"ranking": list(verdict.ranking), "judge": dict(verdict.judge), "decided_by": verdict.decided_by}
    tracker.made(lineage.ratings(verdict.experiment, folder, facts))
    tracker.summary({"best": verdict.ranking[0], "verdict": verdict.paragraph, **facts})
    battles = read_jsonl(folder / BATTLES)
    tracker.table("leaderboard", leaderboard(verdict))
    tracker.table("differences", differences(verdict))
    tracker.table("answers", side_by_side(answers))
    if battles:
        tracker.table("battles", judgements(battles))
    for name, confusion in judges_compared(battles):
        tracker.confusion(name, confusion)


def _config_of(one: Contestant | Guest, config: Config) -> Config:
    return one.config if isinstance(one, Contestant) else config


def _made_from(one: Contestant | Guest) -> Sequence[Artifact]:
    if isinstance(one, Guest):
        return ()
    folder = cell_folder(one.config)
    tuned = one.tuned
    made = lineage.adapter(one.config.experiment, one.name, folder) if tuned else lineage.base(read_json(folder.card))
    return made, lineage.dataset(data_folder(one.config))


def _figures(verdict: Verdict, name: str) -> dict[str, float]:
    figures = {one.name: one.scores[name].value for one in verdict.measures if name in one.scores}
    rating = (verdict.ratings or {}).get("bradley_terry", {}).get(name)
    return figures | ({"rating": rating["rating"]} if rating else {})


def _digest(artifact: Artifact) -> str:
    return hashlib.sha256(json.dumps(artifact.metadata, sort_keys=True).encode()).hexdigest()
