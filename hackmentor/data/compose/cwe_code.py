"""Questions that show code: find its weakness, fix it, attack it, compare it with a fix, judge a design."""

import re
from collections.abc import Iterator

from hackmentor.data.compose import cwe_phrases as say
from hackmentor.data.compose.template import Piece, Shelf, Task
from hackmentor.data.hash_choice import Voice
from hackmentor.data.prose import lower_first, paragraphs, sentences, whole
from hackmentor.data.sources.cwe_examples import CodeExample
from hackmentor.data.sources.cwe_weakness import Weakness

LOOKS_LIKE_CODE = re.compile(
    r"[;{}]\s*$|\w\(.*\)|^\s*(?:#include|import|def|if|<\w+|\$\w+|/\*)|\w\s*=\s*\S", re.MULTILINE
)
POINTS_ELSEWHERE = re.compile(r"\b(?:following|below|next example|previous example|above example|once again)\b", re.I)

CONNECTOR = re.compile(r"^(?:However|Also|In addition|Additionally|But|Therefore|Thus|So|Again|Here),? ")
GIVES_AWAY = re.compile(r"vulnerab|insecur|unsafe|weak|attack|incorrect|improper|malicious|mistak|fail|does not", re.I)


def is_code(example: CodeExample) -> bool:
    """Whether the vulnerable block is code; hardware entries put prose about a design there."""
    return bool(LOOKS_LIKE_CODE.search(example.bad)) and example.language not in ("", "Other")


def reason(text: str) -> str:
    """An explanation without the sentences that point at text which is not shown."""
    kept: list[str] = []
    for block in text.split("\n\n"):
        if "\n" in block:
            kept.append(block)
        else:
            kept.append(" ".join(part for part in sentences(block) if not POINTS_ELSEWHERE.search(part)))
    text = CONNECTOR.sub("", "\n\n".join(block for block in kept if block))
    return whole(text[:1].upper() + text[1:] if text != kept[0] else text, 150)


def numbered_examples(weakness: Weakness) -> Iterator[tuple[str, CodeExample]]:
    """The examples that show code, each with its number as a key."""
    for number, example in enumerate(weakness.examples, start=1):
        if is_code(example):
            yield str(number), example


def intro(example: CodeExample) -> str:
    """What the code is for, if the catalogue says so without giving the answer away."""
    text = reason(example.intro)
    return text if len(text.split()) <= 60 and not GIVES_AWAY.search(text) else ""


def _shown(example: CodeExample) -> str:
    return say.fenced(example.bad, example.language)


def _slots(weakness: Weakness, example: CodeExample) -> dict[str, str]:
    return say.slots(weakness, language=example.language)


def verdict(weakness: Weakness, example: CodeExample, voice: Voice, key: str) -> str:
    """What is wrong with the code, with the weakness's name; empty if the catalogue gives no reason."""
    why = reason(example.reason)
    if len(why.split()) < 6:
        return ""
    lead = voice.pick(
        f"verdict{key}",
        (
            f"The code contains {say.label(weakness)}.",
            f"This is {say.label(weakness)}.",
            f"{say.label(weakness)} is present here.",
            f"It suffers from {say.label(weakness)}.",
        ),
    )
    return paragraphs(lead, why)


def _find(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    for key, example in numbered_examples(weakness):
        answer = verdict(weakness, example, voice, key)
        if answer:
            yield Piece(answer, _slots(weakness, example), _shown(example), key)


def _fix(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    for key, example in numbered_examples(weakness):
        if not example.good:
            continue
        lead = voice.pick(
            f"lead{key}",
            (
                f"A version without {say.label(weakness)}:",
                f"This version removes {say.label(weakness)}:",
                f"Change it like this to remove {weakness.upstream_id}:",
                f"{weakness.upstream_id} goes away with this change:",
            ),
        )
        fixed = say.fenced(example.good, example.language)
        output = paragraphs(lead, fixed, reason(example.good_reason) or reason(example.reason))
        yield Piece(output, _slots(weakness, example), _shown(example), key)


def _attack(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    for key, example in numbered_examples(weakness):
        why = reason(example.reason)
        if not why or not LOOKS_LIKE_CODE.search(example.attack) or len(sentences(example.attack)) > 3:
            continue
        lead = voice.pick(
            f"lead{key}",
            (
                f"A tester could show {say.label(weakness)} with this input:",
                f"This proves {say.label(weakness)} in a test environment:",
                f"{weakness.upstream_id} can be demonstrated so:",
            ),
        )
        output = paragraphs(why, lead, say.fenced(example.attack, "Other"))
        yield Piece(output, _slots(weakness, example), _shown(example), key)


def _purpose(weakness: Weakness, voice: Voice, _: Shelf) -> Iterator[Piece]:
    for key, example in numbered_examples(weakness):
        purpose, why = intro(example), reason(example.reason)
        measures = [item for item in say.best_mitigations(weakness) if "Implementation" in item.phases]
        if not purpose or len(why.split()) < 8 or not measures:
            continue
        measure = whole(measures[0].text, 60)
        lead = voice.pick(
            f"lead{key}",
            (
                f"I would not accept it as it stands: it has {say.label(weakness)}.",
                f"Send it back; the change brings in {say.label(weakness)}.",
                f"No. The change introduces {say.label(weakness)}.",
                f"Request changes because of {say.label(weakness)}.",
            ),
        )
        shown = paragraphs(purpose, _shown(example))
        yield Piece(
            paragraphs(lead, why, f"For the rework: {lower_first(measure)}"), _slots(weakness, example), shown, key
        )


FIND = (
    "Find the weakness in this {language} code.",
    "Which CWE does this {language} snippet show, and why?",
    "Review this {language} code for security problems.",
    "What is wrong with the following {language} code from a security point of view?",
    "Audit the snippet below and name the weakness.",
    "Is this {language} code safe? If not, name the flaw.",
    "Analyse the code and identify its security weakness.",
    "A static analyser flagged this {language} code. What did it see?",
)
FIX = (
    "Fix the security flaw in this {language} code.",
    "Rewrite this {language} code so that it no longer has {id}.",
    "This {language} code contains {label}. Correct it.",
    "Provide a patched version of the code.",
    "Make this {language} snippet safe and say what you changed.",
    "How should the code below be changed to remove {label}?",
)
ATTACK = (
    "You are testing this code with the owner's permission. Which input shows that it is vulnerable?",
    "Write a proof of concept for a code review of this {language} code.",
    "How would a penetration tester demonstrate {label} in this code?",
    "Show how the flaw in this {language} code would be exploited, so that we can write a regression test.",
)
PURPOSE = (
    "Would you approve this pull request?",
    "Judge whether this {language} change may be merged.",
    "As the security reviewer, accept or reject this {language} code.",
    "Decide on this merge request and give your reasons.",
    "Sign off or send back? Here is the change and its purpose.",
)

TASKS: tuple[Task[Weakness], ...] = (
    Task("cwe.find_in_code", "analyse code", Weakness, FIND, _find),
    Task("cwe.fix_code", "analyse code", Weakness, FIX, _fix),
    Task("cwe.attack_code", "analyse code", Weakness, ATTACK, _attack),
    Task("cwe.review_change", "judge", Weakness, PURPOSE, _purpose),
)
