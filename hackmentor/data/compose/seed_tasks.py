"""Seeds as records: their question and answer as they stand."""

from collections.abc import Iterator

from hackmentor.data.compose.template import Piece, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.sources.seeds import Seed


def _as_written(seed: Seed, _: Voice, __: Shelf) -> Iterator[Piece]:
    yield Piece(seed.answer, {"instruction": seed.instruction}, seed.input)


TASKS: tuple[Task[Seed], ...] = (Task("seed.answer", "explain", Seed, ("{instruction}",), _as_written),)
