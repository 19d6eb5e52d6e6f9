"""Questions that ask for a judgement: what an advisory means for us, whether a design is sound."""

import re
from collections.abc import Iterator

from hackmentor.data.clean import clean_text
from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose.code_explanations import clean_explanation
from hackmentor.data.compose.cwe_code import shows_code
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import (
    finish_sentence,
    join_paragraphs,
    lower_first_letter,
    split_sentences,
    trim_to_sentences,
)
from hackmentor.data.sources.cwe_weakness import Mitigation, Weakness


def _draft_design(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """The catalogue's weak designs, and each again with the catalogue's remedy built in, which can be approved."""
    for number, example in enumerate(weakness.examples, start=1):
        if shows_code(example) or not _is_design(example.bad):
            continue
        # The catalogue puts these words where code stands elsewhere, so they are not clean yet.
        scene = join_paragraphs(
            trim_to_sentences(example.intro), finish_sentence(clean_text(example.bad, markup=False))
        )
        better = "; ".join(trim_to_sentences(clean_text(example.good, markup=False), 120).split("\n"))
        why = clean_explanation(example.reason)
        if not better and not why:
            continue
        lead = f"No. The design has {phrases.format_label(weakness)}."
        advice = f"A better design: {lower_first_letter(better)}" if better else ""
        yield AnswerDraft(
            join_paragraphs(lead, why, advice), phrases.make_slots(weakness), input=scene, key=str(number)
        )
        advised = _find_matching_advice(better, weakness)
        if advised and not HINDSIGHT.search(better):
            changed = chooser.pick(
                "changed", ("Change since the last review", "Decided after the review", "Added since")
            )
            scene = join_paragraphs(scene, f"{changed}: {lower_first_letter(better)}")
            yield AnswerDraft(
                _format_approval(weakness, chooser, advised), phrases.make_slots(weakness), scene, f"{number}-changed"
            )


def _is_design(text: str) -> bool:
    return len(text.split()) >= 12 and "\n" not in text and text[0].isupper() and bool(split_sentences(text))


def _find_matching_advice(remedy: str, weakness: Weakness) -> str:
    """The mitigation that says the same as the remedy, by the words that they share; nothing if none does."""
    words = set(LONG_WORD.findall(remedy.lower()))
    shared = [(len(words & set(LONG_WORD.findall(item.text.lower()))), item.text) for item in weakness.mitigations]
    shared_words, text = max(shared, key=lambda pair: pair[0], default=(0, ""))
    return trim_to_sentences(text, 60) if shared_words >= 2 else ""


def _format_approval(weakness: Weakness, chooser: HashChooser, advice: str) -> str:
    name = phrases.format_label(weakness)
    lead = chooser.pick(
        "yes",
        (
            f"Yes, with that change. Without it the design would have {name}; the change removes the cause.",
            f"Yes. The change takes away what made this a case of {name}.",
            f"Yes: what was described first is {name}, and the change answers it.",
        ),
    )
    ground = phrases.add_title("The catalogue's advice for this weakness", lower_first_letter(advice))
    return join_paragraphs(
        lead, ground, "Let a test show that the change works as described before the design is released."
    )


def _draft_measure(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """A planned measure, judged by the effectiveness that the catalogue gives it."""
    for number, item in enumerate(weakness.mitigations, start=1):
        if not _can_be_judged(item):
            continue
        measure = phrases.add_title("Planned measure", trim_to_sentences(item.text, 110))
        plan = f"Weakness to be avoided: {phrases.format_label(weakness)}.\n\n{measure}"
        verdict = chooser.pick(f"verdict{number}", VERDICTS[item.effectiveness]).format(
            name=phrases.format_label(weakness)
        )
        ground = (
            ""
            if item.limitations
            else f"What it has to prevent: {lower_first_letter(trim_to_sentences(weakness.description, 30))}"
        )
        others = [] if item.effectiveness == "High" else _list_stronger_mitigations(weakness, item)
        more = (
            phrases.add_title("Add to it", lower_first_letter(trim_to_sentences(others[0].text, 50))) if others else ""
        )
        output = join_paragraphs(verdict, ground, trim_to_sentences(item.limitations, 90), more)
        yield AnswerDraft(output, phrases.make_slots(weakness), input=plan, key=str(number))


def _can_be_judged(mitigation: Mitigation) -> bool:
    # What begins with "This" comments on another measure.
    own = mitigation.shared_by < phrases.GENERAL_ADVICE and not mitigation.text.startswith("This ")
    return own and mitigation.effectiveness in VERDICTS and len(mitigation.text.split()) <= 150


def _list_stronger_mitigations(weakness: Weakness, mitigation: Mitigation) -> list[Mitigation]:
    others = [item for item in phrases.select_mitigations(weakness) if item.text != mitigation.text]
    return [item for rating in ("High", "", "Moderate") for item in others if item.effectiveness == rating]


LONG_WORD = re.compile(r"[a-z]{5,}")
# Told as what somebody could have done, the remedy is no part of a design.
HINDSIGHT = re.compile(r"could have|one effective method|if a cryptographic", re.IGNORECASE)
VERDICTS = {
    "High": (
        "Yes. The catalogue rates this measure against {name} as highly effective.",
        "Yes, approve it: against {name} the catalogue gives it a high effectiveness.",
        "Yes. It is a strong measure: the catalogue rates its effectiveness against {name} as high.",
    ),
    "Moderate": (
        "Yes, but not as the only measure: against {name} its effectiveness is rated moderate.",
        "It helps, and should stay in the plan; rated moderate against {name}, it needs company.",
    ),
    "Defense in Depth": (
        "As a second line, yes; as the only one, no. Against {name} the catalogue counts it as defence in depth.",
        "Keep it, but do not rely on it alone: against {name} the catalogue rates it as defence in depth.",
    ),
    "Limited": (
        "No, not by itself. Against {name} its effectiveness is rated limited.",
        "That is not enough: the catalogue rates the measure as of limited effect against {name}.",
    ),
    "Incidental": ("No. Against {name} the measure has an incidental effect at best.",),
}
DESIGN = (
    "Is this design sound from a security point of view?",
    "Judge the following design.",
    "An architect proposes this. Do you agree?",
    "Assess the security of the design described here.",
    "Can this design be approved?",
)
MEASURE = (
    "Is this measure a good choice?",
    "Should we rely on the measure planned here?",
    "The architects want to sign this off. Do you agree?",
    "Judge whether the planned measure fits the weakness.",
    "How much does this measure achieve?",
    "Would you approve the plan below against {id}?",
    "Rate the following plan, and say what is missing if anything is.",
)

QUESTION_TEMPLATES: tuple[QuestionTemplate[Weakness], ...] = (
    QuestionTemplate("cwe.judge_design", "judge", Weakness, DESIGN, _draft_design),
    QuestionTemplate("cwe.judge_measure", "judge", Weakness, MEASURE, _draft_measure),
)
