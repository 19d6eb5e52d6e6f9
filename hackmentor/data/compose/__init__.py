"""Templates that turn catalogue entries into records, split by source."""

from collections.abc import Iterator

from hackmentor.data.compose import attack_dialogues, attack_tasks, cwe_code, cwe_dialogues, cwe_tasks
from hackmentor.data.compose.template import Composer, Shelf
from hackmentor.data.records import Record, Shape
from hackmentor.data.sources.base import Origin

COMPOSERS: dict[str, Composer] = {
    "cwe": Composer((*cwe_tasks.TASKS, *cwe_code.TASKS), cwe_dialogues.PLANS),
    "attack": Composer(attack_tasks.TASKS, attack_dialogues.PLANS),
}


def compose(shelf: Shelf, origin: Origin, shape: Shape, seed: int) -> Iterator[Record]:
    """All records of one shape from the entries of one source."""
    composer = COMPOSERS[origin.name]
    return composer.questions(shelf, origin, seed) if shape == "iio" else composer.dialogues(shelf, origin, seed)
