"""Dialogues in which the client does not know what to ask, and the consultant leads."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_dialogue_wordings as said
from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose.instructions import trim_advice
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs
from hackmentor.data.sources.cwe_weakness import Mitigation, Weakness

KEPT = 0.42
MAX_WORDS = 28


def _build_consult_dialogue(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """The consultant asks how far the project is; the advice depends on the client's answer."""
    measures = phrases.select_mitigations(weakness, 9, MAX_WORDS)
    phases = [phase for phase in said.STAGES if any(phase in item.phases for item in measures)]
    if len(phases) < 2 or not chooser.draw("kept", KEPT):
        return
    phase = chooser.pick("phase", phases)
    here = [item for item in measures if phase in item.phases][:2]
    # What is told for this stage is not told again for another.
    left = [item for item in measures if item not in here and phase not in item.phases]
    later = next((other for other in phases if any(other in item.phases for item in left)), "")
    if not later:
        return
    slots = phrases.make_slots(weakness)
    asked = f"{phrases.summarise_weakness(weakness, chooser, 24)}\n\n{chooser.pick('stage', said.ASK_STAGE)}"
    turns = [
        (chooser.pick("first", said.CONSULT).format(**slots), asked),
        (chooser.pick("told", said.STAGES[phase]), _list_advice(chooser.pick("now", said.ADVICE_NOW), here)),
    ]
    risks = phrases.list_business_risks(weakness, chooser)
    if not risks or chooser.draw("later", 0.5):
        lead = chooser.pick("lead", said.ADVICE_LATER).format(phase=later.lower())
        there = [item for item in left if later in item.phases][:1]
        turns.append((chooser.pick("more", said.ASK_LATER), _list_advice(lead[0].upper() + lead[1:], there)))
    if risks and (len(turns) < 3 or chooser.draw("skipped", 0.4)):
        answer = chooser.pick("risk", said.SKIPPED).format(risks=join_items(risks[:2]))
        turns.append((chooser.pick("skip", said.ASK_SKIP), answer))
    yield Dialogue(turns)


def _list_advice(lead: str, measures: list[Mitigation]) -> str:
    lines = [trim_advice(item.text, MAX_WORDS) for item in measures]
    return join_paragraphs(lead, format_bullets(lines) if len(lines) > 1 else lines[0])


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Weakness], ...] = (
    DialogueTemplate("cwe.consult", Weakness, _build_consult_dialogue),
)
