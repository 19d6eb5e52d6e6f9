"""Seeds as records: their question and answer as they stand."""

from collections.abc import Iterator

from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.sources.seeds import Seed


def _draft_as_written(seed: Seed, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
    yield AnswerDraft(seed.answer, {"instruction": seed.instruction}, seed.input)


QUESTION_TEMPLATES: tuple[QuestionTemplate[Seed], ...] = (
    QuestionTemplate("seed.answer", "explain", Seed, ("{instruction}",), _draft_as_written),
)
