"""Seeds as records: what stands in them as it stands."""

from collections.abc import Callable, Iterable, Iterator

from hackmentor.data.compose.template import AnswerDraft, Dialogue, DialogueTemplate, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.sources.seeds import Safety, Seed, SeedDialogue


def _draft_those_with(safety: Safety) -> Callable[[Seed, HashChooser, EntryIndex], Iterable[AnswerDraft]]:
    def draft_as_written(seed: Seed, _: HashChooser, __: EntryIndex) -> Iterator[AnswerDraft]:
        if seed.safety == safety:
            yield AnswerDraft(seed.answer, {"instruction": seed.instruction}, seed.input)

    return draft_as_written


def _take_those_of(*, safety: bool) -> Callable[[SeedDialogue, HashChooser, EntryIndex], Iterable[Dialogue]]:
    def take_as_written(dialogue: SeedDialogue, _: HashChooser, __: EntryIndex) -> Iterator[Dialogue]:
        if bool(dialogue.safety) == safety:
            yield Dialogue(dialogue.turns)

    return take_as_written


QUESTION_TEMPLATES: tuple[QuestionTemplate[Seed], ...] = (
    QuestionTemplate("seed.answer", "explain", Seed, ("{instruction}",), _draft_those_with("")),
    QuestionTemplate("seed.refusal", "judge", Seed, ("{instruction}",), _draft_those_with("refused")),
    QuestionTemplate("seed.dual_use", "explain", Seed, ("{instruction}",), _draft_those_with("served")),
    QuestionTemplate("seed.injection", "judge", Seed, ("{instruction}",), _draft_those_with("resisted")),
)
DIALOGUE_TEMPLATES: tuple[DialogueTemplate[SeedDialogue], ...] = (
    DialogueTemplate("seed.dialogue", SeedDialogue, _take_those_of(safety=False)),
    DialogueTemplate("seed.safety_dialogue", SeedDialogue, _take_those_of(safety=True)),
)
SAFETY_TASKS = frozenset({"seed.refusal", "seed.dual_use", "seed.injection", "seed.safety_dialogue"})
