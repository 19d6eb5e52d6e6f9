"""Templates that turn catalogue entries into records, split by source."""

from collections.abc import Iterator

from hackmentor.data.compose import (
    actors,
    alerts,
    attack_dialogues,
    attack_tasks,
    attack_writing,
    cwe_code,
    cwe_consulting,
    cwe_dialogues,
    cwe_judging,
    cwe_tasks,
    cwe_writing,
    document_dialogues,
    document_tasks,
    seed_tasks,
    stix_dialogues,
    stix_tasks,
)
from hackmentor.data.compose.template import Composer, Kind, Shelf
from hackmentor.data.sources.catalogue import Origin
from hackmentor.records.record import Record, Shape

COMPOSERS: dict[str, Composer] = {
    "cwe": Composer(
        (*cwe_tasks.TASKS, *cwe_code.TASKS, *cwe_writing.TASKS, *cwe_judging.TASKS),
        (*cwe_dialogues.PLANS, *cwe_consulting.PLANS),
    ),
    "attack": Composer(
        (*attack_tasks.TASKS, *attack_writing.TASKS, *actors.TASKS), (*attack_dialogues.PLANS, *actors.PLANS)
    ),
    "sigma": Composer(alerts.TASKS, alerts.PLANS),
    "seeds": Composer(seed_tasks.TASKS),
    "documents": Composer(
        (*document_tasks.TASKS, *stix_tasks.TASKS), (*document_dialogues.PLANS, *stix_dialogues.PLANS)
    ),
}


def compose(shelf: Shelf, origin: Origin, shape: Shape, seed: int) -> Iterator[Record]:
    """All records of one shape from the entries of one source."""
    # A user's own sources are told apart by what stands behind the colon: `documents:handbook.md`.
    composer = COMPOSERS[origin.name.partition(":")[0]]
    return composer.questions(shelf, origin, seed) if shape == "iio" else composer.dialogues(shelf, origin, seed)


def task_kinds() -> dict[str, Kind]:
    """Every iio task by name, and the kind of work that it trains."""
    return {task.name: task.kind for composer in COMPOSERS.values() for task in composer.tasks}
