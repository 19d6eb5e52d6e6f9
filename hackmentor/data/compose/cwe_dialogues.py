"""Dialogues about weaknesses: each question takes up what the answer before it said."""

from collections.abc import Iterator

from hackmentor.data.compose import cwe_code
from hackmentor.data.compose import cwe_dialogue_wordings as said
from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose import cwe_wordings as wordings
from hackmentor.data.compose.cwe_tasks import find_telling_words, get_year, list_cases
from hackmentor.data.compose.instructions import trim_advice
from hackmentor.data.compose.plain_words import say_plainly
from hackmentor.data.compose.template import Dialogue, DialogueTemplate, EntryIndex
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import format_bullets, join_items, join_paragraphs, split_sentences, trim_to_sentences
from hackmentor.data.sources.cwe_weakness import Weakness

Turn = tuple[str, str]
BRIEFED, ADVISED, CLINIC = 0.15, 0.8, 0.38
MAX_WORDS = 26


def _build_briefing_dialogue(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """What it is; what it would do or how to prevent it, or both; how to tell management."""
    if not chooser.draw("kept", BRIEFED):
        return
    first = chooser.pick("first", said.BRIEFING).format(**phrases.make_slots(weakness))
    effects = ask_about_effects(weakness, chooser)
    measures = ask_about_measures(weakness, chooser, said.ASK_MEASURES)
    plans = [plan for plan in (effects, measures) if plan]
    chosen = plans if chooser.draw("both", 0.4) else [plans[chooser.pick("which", range(len(plans)))]] if plans else []
    turns = [(first, phrases.summarise_weakness(weakness, chooser, 28))]
    turns += [turn for plan in chosen for turn in plan]
    turns += _ask_for_management_summary(weakness, chooser)
    if len(turns) > 2:
        yield Dialogue(turns)


def ask_about_effects(weakness: Weakness, chooser: HashChooser, key: str = "") -> list[Turn]:
    """What follows if it is exploited; nothing where the catalogue knows of no definite effect."""
    effects = [name for name in phrases.list_impacts(weakness) if name not in phrases.VAGUE_IMPACTS][:2]
    if not effects:
        return []
    notes = [split_sentences(trim_to_sentences(item.note, 25))[0] for item in weakness.consequences if item.note]
    note = notes[0] if notes and len(notes[0].split()) <= 25 and chooser.draw(f"note{key}", 0.4) else ""
    told = chooser.pick(f"effects{key}", said.EFFECTS).format(effects=join_items(effects), id=weakness.upstream_id)
    return [(chooser.pick(f"worry{key}", said.ASK_EFFECTS).format(id=weakness.upstream_id), f"{told} {note}".strip())]


def ask_about_measures(
    weakness: Weakness, chooser: HashChooser, questions: tuple[str, ...], key: str = ""
) -> list[Turn]:
    """One or two measures, without a frame as often as with one."""
    measures = phrases.select_mitigations(weakness, chooser.pick(f"many{key}", (1, 2)), MAX_WORDS)
    lines = [trim_advice(item.text, MAX_WORDS) for item in measures]
    if not lines:
        return []
    body = format_bullets(lines) if len(lines) > 1 else lines[0]
    question = chooser.pick(f"ask{key}", questions).format(id=weakness.upstream_id)
    return [(question, join_paragraphs(chooser.pick(f"lead{key}", said.MEASURES_LEAD), body))]


def _ask_for_management_summary(weakness: Weakness, chooser: HashChooser) -> Iterator[Turn]:
    plain, risks = say_plainly(weakness), phrases.list_business_risks(weakness, chooser)
    if plain and risks:
        parts = [
            plain,
            chooser.pick("risk", said.RISK).format(risks=join_items(risks[:2], "or")),
            chooser.pick("odds", said.ODDS[weakness.likelihood]) if weakness.likelihood in said.ODDS else "",
            chooser.pick("request", said.REQUEST),
        ]
        yield chooser.pick("plain", said.ASK_PLAIN), " ".join(part for part in parts if part)


def _build_clinic_dialogue(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[Dialogue]:
    """Code first: is it safe; perhaps what would happen; the fix, or how to keep it from coming back."""
    for key, example in cwe_code.iter_numbered_examples(weakness):
        answer = cwe_code.format_verdict(weakness, example, chooser, key)
        if not answer or not chooser.draw(f"kept{key}", CLINIC):
            continue
        question = chooser.pick(f"code{key}", said.CLINIC).format(language=example.language)
        turns = [(join_paragraphs(question, phrases.fence_code(example.bad, example.language)), answer)]
        if chooser.draw(f"worried{key}", 0.5):
            turns += ask_about_effects(weakness, chooser, key)
        if example.good:
            turns.append(
                (chooser.pick(f"change{key}", said.ASK_FIX), cwe_code.format_change(weakness, example, chooser, key))
            )
            if cwe_code.is_clean(example):
                clean = cwe_code.format_clean_verdict(example, chooser, key)
                turns.append((chooser.pick(f"check{key}", said.RECHECK), clean))
        if len(turns) < 3:
            turns += ask_about_measures(weakness, chooser, said.ASK_RULE, key)
        if len(turns) > 1:
            yield Dialogue(turns, key)


def _build_advisory_dialogue(weakness: Weakness, chooser: HashChooser, index: EntryIndex) -> Iterator[Dialogue]:
    """From one published vulnerability to its class, and on to its effect, to others like it, or to the lesson."""
    cases = sorted(list_cases(weakness), key=get_year, reverse=True)
    told = [(item, span) for item in cases[:3] if (span := find_telling_words(item, weakness, index))]
    if not told or not chooser.draw("kept", ADVISED):
        return
    case, span = chooser.pick("case", told)
    slots = {"label": phrases.format_label(weakness), "span": span, "cve": case.cve, "text": case.text}
    lead = chooser.pick("lead", wordings.ROOT_CAUSE).format(**slots)
    reason = chooser.pick("reason", wordings.ROOT_CAUSE_WHY).format(**slots)
    turns = [(chooser.pick("first", said.ADVISORY).format(**slots), f"{lead} {reason}")]
    others = [item for item in cases if item.cve != case.cve and item.text != case.text][:2]
    told_others = [f"{item.cve}: {item.text}" for item in others]
    known = format_bullets(told_others) if len(told_others) > 1 else "".join(told_others)
    plans = [
        ask_about_effects(weakness, chooser),
        [(chooser.pick("more", said.ASK_OTHERS), known)] if others else [],
        ask_about_measures(weakness, chooser, said.ASK_LESSON),
    ]
    order = chooser.shuffle("plan", [number for number, plan in enumerate(plans) if plan])[:2]
    turns += [turn for number in sorted(order) for turn in plans[number]]
    if len(turns) > 1:
        yield Dialogue(turns)


DIALOGUE_TEMPLATES: tuple[DialogueTemplate[Weakness], ...] = (
    DialogueTemplate("cwe.briefing", Weakness, _build_briefing_dialogue),
    DialogueTemplate("cwe.code_clinic", Weakness, _build_clinic_dialogue),
    DialogueTemplate("cwe.advisory", Weakness, _build_advisory_dialogue),
)
