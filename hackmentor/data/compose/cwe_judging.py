"""Questions that ask for a judgement: what an advisory means for us, whether a design is sound."""

import re
from collections.abc import Iterator

from hackmentor.data.clean import clean_text
from hackmentor.data.compose import cwe_phrases as say
from hackmentor.data.compose.cwe_code import is_code, reason
from hackmentor.data.compose.template import Piece, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import bullets, finish, lower_first, paragraphs, sentences, whole
from hackmentor.data.sources.cwe_weakness import Mitigation, Weakness


def _supplier(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    lines, measures = say.consequence_lines(weakness), say.best_mitigations(weakness, 2)
    cases = voice.shuffle("case", weakness.observed)
    if not lines or not cases:
        return
    case = cases[0]
    lead = voice.pick(
        "lead",
        (
            f"The summary points to {say.label(weakness)}, so reckon with the following.",
            f"This is a case of {say.label(weakness)}. Expect:",
            f"Behind it stands {say.label(weakness)}, whose usual effects are these.",
        ),
    )
    ask = [whole(item.text, 45) for item in measures[:1]]
    step = f"Ask the supplier for the fixed version, and whether they follow this: {lower_first(ask[0])}" if ask else ""
    output = paragraphs(lead, bullets(lines[:3]), step)
    yield Piece(output, say.slots(weakness, cve=case.cve), input=f"{case.cve}: {case.text}")


def _design(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    """The catalogue's weak designs, and each again with the catalogue's remedy built in, which can be approved."""
    for number, example in enumerate(weakness.examples, start=1):
        if is_code(example) or not _tells_a_design(example.bad):
            continue
        # The catalogue puts these words where code stands elsewhere, so they are not clean yet.
        scene = paragraphs(whole(example.intro), finish(clean_text(example.bad, markup=False)))
        better = "; ".join(whole(clean_text(example.good, markup=False), 120).split("\n"))
        why = reason(example.reason)
        if not better and not why:
            continue
        lead = f"No. The design has {say.label(weakness)}."
        advice = f"A better design: {lower_first(better)}" if better else ""
        yield Piece(paragraphs(lead, why, advice), say.slots(weakness), input=scene, key=str(number))
        advised = _advice_behind(better, weakness)
        if advised and not HINDSIGHT.search(better):
            changed = voice.pick("changed", ("Change since the last review", "Decided after the review", "Added since"))
            scene = paragraphs(scene, f"{changed}: {lower_first(better)}")
            yield Piece(_approval(weakness, voice, advised), say.slots(weakness), scene, f"{number}-changed")


def _tells_a_design(text: str) -> bool:
    return len(text.split()) >= 12 and "\n" not in text and text[0].isupper() and bool(sentences(text))


def _advice_behind(better: str, weakness: Weakness) -> str:
    """The mitigation that says the same as the remedy, by the words that they share; nothing if none does."""
    words = set(LONG_WORD.findall(better.lower()))
    shared = [(len(words & set(LONG_WORD.findall(item.text.lower()))), item.text) for item in weakness.mitigations]
    most, text = max(shared, key=lambda pair: pair[0], default=(0, ""))
    return whole(text, 60) if most >= 2 else ""


def _approval(weakness: Weakness, voice: Voice, advised: str) -> str:
    name = say.label(weakness)
    lead = voice.pick(
        "yes",
        (
            f"Yes, with that change. Without it the design would have {name}; the change removes the cause.",
            f"Yes. The change takes away what made this a case of {name}.",
            f"Yes: what was described first is {name}, and the change answers it.",
        ),
    )
    ground = say.titled("The catalogue's advice for this weakness", lower_first(advised))
    return paragraphs(lead, ground, "Let a test show that the change works as described before the design is released.")


def _measure(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    """A planned measure, judged by the effectiveness that the catalogue gives it."""
    for number, item in enumerate(weakness.mitigations, start=1):
        if not _can_be_judged(item):
            continue
        measure = say.titled("Planned measure", whole(item.text, 110))
        plan = f"Weakness to be avoided: {say.label(weakness)}.\n\n{measure}"
        verdict = voice.pick(f"verdict{number}", VERDICTS[item.effectiveness]).format(name=say.label(weakness))
        ground = f"The weakness to be avoided: {lower_first(whole(weakness.description, 60))}"
        others = [] if item.effectiveness == "High" else _stronger(weakness, item)
        more = say.titled("Add to it", lower_first(whole(others[0].text, 50))) if others else ""
        output = paragraphs(verdict, ground, whole(item.limits, 90), more)
        yield Piece(output, say.slots(weakness), input=plan, key=str(number))


def _can_be_judged(item: Mitigation) -> bool:
    # What begins with "This" comments on another measure.
    own = item.shared_by < say.GENERAL and not item.text.startswith("This ")
    return own and item.effectiveness in VERDICTS and len(item.text.split()) <= 150


def _stronger(weakness: Weakness, than: Mitigation) -> list[Mitigation]:
    others = [item for item in say.best_mitigations(weakness) if item.text != than.text]
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
SUPPLIER = (
    "Our supplier announced this vulnerability. What should we expect?",
    "We run the product named in {cve}. Judge the risk.",
    "Assess the advisory below for our risk meeting.",
    "How should we react to {cve}?",
    "A customer asks what this vulnerability could lead to. Answer them.",
    "Estimate the effect of this vulnerability from its summary.",
    "Should this advisory worry us, and why?",
)
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

TASKS: tuple[Task[Weakness], ...] = (
    Task("cwe.judge_advisory", "judge", Weakness, SUPPLIER, _supplier),
    Task("cwe.judge_design", "judge", Weakness, DESIGN, _design),
    Task("cwe.judge_measure", "judge", Weakness, MEASURE, _measure),
)
