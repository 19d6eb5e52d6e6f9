"""Questions that show code: find its weakness, fix it, attack it, compare it with a fix, judge a design."""

import re
from collections.abc import Iterator

from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import join_paragraphs, lower_first_letter, split_sentences, trim_to_sentences
from hackmentor.data.sources.cwe_examples import CodeExample
from hackmentor.data.sources.cwe_weakness import Weakness

CODE_PATTERN = re.compile(r"[;{}]\s*$|\w\(.*\)|^\s*(?:#include|import|def|if|<\w+|\$\w+|/\*)|\w\s*=\s*\S", re.MULTILINE)
POINTING_WORDS = re.compile(r"\b(?:following|below|next example|previous example|above example|once again)\b", re.I)

CONNECTOR = re.compile(r"^(?:However|Also|In addition|Additionally|But|Therefore|Thus|So|Again|Here),? ")
REVEALING_WORDS = re.compile(
    r"vulnerab|insecur|unsafe|weak|attack|incorrect|improper|malicious|mistak|fail|does not", re.I
)


def shows_code(example: CodeExample) -> bool:
    """Whether the vulnerable block is code; hardware entries put prose about a design there."""
    return bool(CODE_PATTERN.search(example.bad)) and example.language not in ("", "Other")


def clean_explanation(text: str) -> str:
    """An explanation without the sentences that point at text which is not shown."""
    kept: list[str] = []
    for block in text.split("\n\n"):
        if "\n" in block:
            kept.append(block)
        else:
            kept.append(" ".join(part for part in split_sentences(block) if not POINTING_WORDS.search(part)))
    text = CONNECTOR.sub("", "\n\n".join(block for block in kept if block))
    return trim_to_sentences(text[:1].upper() + text[1:] if text != kept[0] else text, 150)


def iter_numbered_examples(weakness: Weakness) -> Iterator[tuple[str, CodeExample]]:
    """The examples that show code, each with its number as a key."""
    for number, example in enumerate(weakness.examples, start=1):
        if shows_code(example):
            yield str(number), example


def get_purpose(example: CodeExample) -> str:
    """What the code is for, if the catalogue says so without giving the answer away."""
    text = clean_explanation(example.intro)
    return text if len(text.split()) <= 60 and not REVEALING_WORDS.search(text) else ""


def _format_code(example: CodeExample) -> str:
    return phrases.fence_code(example.bad, example.language)


def _make_slots(weakness: Weakness, example: CodeExample) -> dict[str, str]:
    return phrases.make_slots(weakness, language=example.language)


def format_verdict(weakness: Weakness, example: CodeExample, chooser: HashChooser, key: str) -> str:
    """What is wrong with the code, with the weakness's name; empty if the catalogue gives no reason."""
    why = clean_explanation(example.reason)
    if len(why.split()) < 6:
        return ""
    lead = chooser.pick(
        f"verdict{key}",
        (
            f"The code contains {phrases.format_label(weakness)}.",
            f"This is {phrases.format_label(weakness)}.",
            f"{phrases.format_label(weakness)} is present here.",
            f"It suffers from {phrases.format_label(weakness)}.",
        ),
    )
    return join_paragraphs(lead, why)


def _draft_find(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    for key, example in iter_numbered_examples(weakness):
        answer = format_verdict(weakness, example, chooser, key)
        if answer:
            yield AnswerDraft(answer, _make_slots(weakness, example), _format_code(example), key)


def _draft_fix(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    for key, example in iter_numbered_examples(weakness):
        if not example.good:
            continue
        lead = chooser.pick(
            f"lead{key}",
            (
                f"A version without {phrases.format_label(weakness)}:",
                f"This version removes {phrases.format_label(weakness)}:",
                f"Change it like this to remove {weakness.upstream_id}:",
                f"{weakness.upstream_id} goes away with this change:",
            ),
        )
        fixed = phrases.fence_code(example.good, example.language)
        output = join_paragraphs(
            lead, fixed, clean_explanation(example.good_reason) or clean_explanation(example.reason)
        )
        yield AnswerDraft(output, _make_slots(weakness, example), _format_code(example), key)


def _draft_attack(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    for key, example in iter_numbered_examples(weakness):
        why = clean_explanation(example.reason)
        if not why or not CODE_PATTERN.search(example.attack) or len(split_sentences(example.attack)) > 3:
            continue
        lead = chooser.pick(
            f"lead{key}",
            (
                f"A tester could show {phrases.format_label(weakness)} with this input:",
                f"This proves {phrases.format_label(weakness)} in a test environment:",
                f"{weakness.upstream_id} can be demonstrated so:",
            ),
        )
        output = join_paragraphs(why, lead, phrases.fence_code(example.attack, "Other"))
        yield AnswerDraft(output, _make_slots(weakness, example), _format_code(example), key)


def _draft_purpose(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    for key, example in iter_numbered_examples(weakness):
        purpose, why = get_purpose(example), clean_explanation(example.reason)
        measures = [item for item in phrases.select_mitigations(weakness) if "Implementation" in item.phases]
        if not purpose or len(why.split()) < 8 or not measures:
            continue
        measure = trim_to_sentences(measures[0].text, 60)
        lead = chooser.pick(
            f"lead{key}",
            (
                f"I would not accept it as it stands: it has {phrases.format_label(weakness)}.",
                f"Send it back; the change brings in {phrases.format_label(weakness)}.",
                f"No. The change introduces {phrases.format_label(weakness)}.",
                f"Request changes because of {phrases.format_label(weakness)}.",
            ),
        )
        shown = join_paragraphs(purpose, _format_code(example))
        yield AnswerDraft(
            join_paragraphs(lead, why, f"For the rework: {lower_first_letter(measure)}"),
            _make_slots(weakness, example),
            shown,
            key,
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

QUESTION_TEMPLATES: tuple[QuestionTemplate[Weakness], ...] = (
    QuestionTemplate("cwe.find_in_code", "analyse code", Weakness, FIND, _draft_find),
    QuestionTemplate("cwe.fix_code", "analyse code", Weakness, FIX, _draft_fix),
    QuestionTemplate("cwe.attack_code", "analyse code", Weakness, ATTACK, _draft_attack),
    QuestionTemplate("cwe.review_change", "judge", Weakness, PURPOSE, _draft_purpose),
)
