"""Questions that ask for a judgement: what an advisory means for us, whether a design is sound."""

from collections.abc import Iterator

from hackmentor.data.choose import Voice
from hackmentor.data.clean import clean_text
from hackmentor.data.compose import cwe_phrases as say
from hackmentor.data.compose.cwe_code import is_code, reason
from hackmentor.data.compose.template import Piece, Shelf, Task
from hackmentor.data.prose import bullets, finish, lower_first, paragraphs, sentences, whole
from hackmentor.data.sources.cwe_weakness import Weakness


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


def _design(weakness: Weakness, _: Voice, __: Shelf) -> Iterator[Piece]:
    for number, example in enumerate(weakness.examples, start=1):
        if is_code(example) or len(example.bad.split()) < 12 or "\n" in example.bad or not sentences(example.bad):
            continue
        # The catalogue puts these words where code stands elsewhere, so they are not clean yet.
        scene = paragraphs(whole(example.intro), finish(clean_text(example.bad, markup=False)))
        better = whole(clean_text(example.good, markup=False), 120)
        why = reason(example.reason)
        if not better and not why:
            continue
        lead = f"No. The design has {say.label(weakness)}."
        advice = f"A better design: {lower_first(better)}" if better else ""
        yield Piece(paragraphs(lead, why, advice), say.slots(weakness), input=scene, key=str(number))


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

TASKS: tuple[Task[Weakness], ...] = (
    Task("cwe.judge_advisory", "judge", Weakness, SUPPLIER, _supplier),
    Task("cwe.judge_design", "judge", Weakness, DESIGN, _design),
)
