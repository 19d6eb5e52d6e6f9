"""Questions that show code: find its weakness or find none, fix it, show the flaw, decide on a change."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import replace

from hackmentor.data.compose import code_wordings as wordings
from hackmentor.data.compose import cwe_phrases as phrases
from hackmentor.data.compose.code_explanations import clean_explanation, explain_flaw
from hackmentor.data.compose.flawed_fixes import is_broken_fix, is_known_unclean, is_mistaken
from hackmentor.data.compose.instructions import OVERTAKEN
from hackmentor.data.compose.template import AnswerDraft, EntryIndex, QuestionTemplate
from hackmentor.data.hash_choice import HashChooser
from hackmentor.data.prose import join_paragraphs, split_sentences
from hackmentor.data.sources.cwe_examples import CodeExample
from hackmentor.data.sources.cwe_weakness import Weakness

CODE_PATTERN = re.compile(r"[;{}]\s*$|\w\(.*\)|^\s*(?:#include|import|def|if|<\w+|\$\w+|/\*)|\w\s*=\s*\S", re.MULTILINE)
DANGLING_END = re.compile(r"(?::|\bsuch as:?)\s*$|\bsuch as:", re.I)
REVEALING_WORDS = re.compile(
    r"vulnerab|insecur|unsafe|weak|attack|incorrect|improper|malicious|mistak|fail|does not|however|bypass|overrid",
    re.I,
)
# What the catalogue shows as better, but says itself is not enough.
STILL_FLAWED = re.compile(
    r"\bhowever\b|\bstill\b|\balthough\b|\bpartial|not sufficient|\bmay also\b|\bnot protect|\bunfortunately", re.I
)
# Comments in the catalogue's code that tell the reader what it shows.
TELLING_COMMENT = re.compile(
    r"(?://|#|/\*|--|<!--)[^\n]*\b(?:secure|insecure|vulnerab|attack|weak|flaw|unsafe|safe|validate|bad|good|fix)", re.I
)
GUARD = re.compile(
    r"\bif\b|\bwhile\b|valid|check|escape|encode|sanitiz|prepare|bind|snprintf|strn|fgets|sizeof|null|limit|max|"
    r"equals|lock|close|free\(|rand|hash|catch|const\b|static|private|final\b|synchronized|clone|default|throw|delete|"
    r"malloc|opener|Limit|Max",
    re.I,
)
# What stands in a condition or makes a value unchangeable guards more than a call does.
STRONG_GUARD = re.compile(r"^(?:\}?\s*(?:else )?if\b|while\b|\} while\b)")
MARKUP = ("XML", "HTML")
# Frameworks that nobody should be using any more.
DATED_NAMES = ("Struts:", "EJB Bad Practices:", "J2EE Bad Practices:")
MIN_CLEAN_LINES = 2
MAX_QUOTED = 100
MIN_ALIKE = 0.55
MAX_REASON_WORDS = 75
FLAWED_SHARE = 0.54
MIN_SPREAD = 3


def shows_code(example: CodeExample) -> bool:
    """Whether the vulnerable block is code; hardware entries put prose about a design there."""
    return bool(CODE_PATTERN.search(example.bad)) and example.language not in ("", "Other")


def iter_numbered_examples(weakness: Weakness) -> Iterator[tuple[str, CodeExample]]:
    """The examples that show code, each with its number as a key; none of a weakness that must not be assigned."""
    return iter(_number_examples(weakness) if phrases.may_be_assigned(weakness) else ())


def _number_examples(weakness: Weakness) -> list[tuple[str, CodeExample]]:
    if weakness.name.startswith(DATED_NAMES):
        return []
    shown = [
        (str(number), item)
        for number, item in enumerate(weakness.examples, start=1)
        if shows_code(item) and not is_mistaken(item) and not OVERTAKEN.search(f"{item.reason} {item.bad}")
    ]
    return [(key, replace(item, good="") if is_broken_fix(item) else item) for key, item in shown]


def get_purpose(example: CodeExample) -> str:
    """What the code is for, if the catalogue says so without giving the answer away."""
    text = clean_explanation(example.intro)
    return text if len(text.split()) <= 60 and not REVEALING_WORDS.search(text) else ""


def find_added_line(example: CodeExample) -> str:
    """The longest line of the fix that the vulnerable code lacks, at most 100 characters; empty if there is none."""
    known = {"".join(line.split()) for line in example.bad.split("\n")}
    added = [
        line.strip().rstrip("{").strip() for line in example.good.split("\n") if "".join(line.split()) not in known
    ]
    usable = [line for line in added if 8 <= len(line) <= MAX_QUOTED and "`" not in line and CODE_PATTERN.search(line)]
    return max((line for line in usable if not line.startswith(("//", "#", "/*"))), key=_rank_line, default="")


def _rank_line(line: str) -> tuple[bool, bool, int, str]:
    """A check or a safe call says more about a fix than a declaration; else the longest line."""
    return bool(STRONG_GUARD.search(line)), bool(GUARD.search(line)), len(line), line


def is_clean(example: CodeExample) -> bool:
    """Whether the fix can be shown as code without a finding: whole, and not called insufficient itself."""
    return (
        len(example.good.split("\n")) >= MIN_CLEAN_LINES
        and example.good_language not in MARKUP
        and not STILL_FLAWED.search(example.good_reason)
        and bool(GUARD.search(find_added_line(example)))
        and not is_known_unclean(example)
    )


def _format_bad(example: CodeExample) -> str:
    return phrases.fence_code(example.bad, example.language)


def format_good(example: CodeExample) -> str:
    """The fix in a fence."""
    return phrases.fence_code(example.good, example.good_language or example.language)


def _make_slots(weakness: Weakness, example: CodeExample) -> dict[str, str]:
    return phrases.make_slots(weakness, language=example.language)


def format_verdict(weakness: Weakness, example: CodeExample, chooser: HashChooser, key: str) -> str:
    """What is wrong with the code, with the weakness's name; empty if the catalogue gives no reason."""
    why = explain_flaw(example.reason)
    if not 6 <= len(why.split()) <= MAX_REASON_WORDS or DANGLING_END.search(why):
        return ""
    lead = chooser.pick(f"verdict{key}", wordings.FLAWED).format(label=phrases.format_label(weakness))
    line = _find_guard(example)
    remedy = chooser.pick(f"remedy{key}", wordings.REWORK).format(line=line) if line else ""
    return join_paragraphs(lead, why, remedy) if "\n" in why else " ".join(filter(None, (lead, why, remedy)))


def _find_guard(example: CodeExample) -> str:
    """The line of the fix that does the protecting; empty where no single line does."""
    line = find_added_line(example) if example.good else ""
    return "" if is_known_unclean(example) or not GUARD.search(line) else line


def format_clean_verdict(example: CodeExample, chooser: HashChooser, key: str) -> str:
    """That nothing is found, which line carries that, and what the snippet cannot show."""
    line = find_added_line(example)
    found = chooser.pick(f"none{key}", wordings.NO_FINDING)
    why = chooser.pick(f"line{key}", wordings.CARRIED_BY).format(line=line)
    limit = chooser.pick(f"limit{key}", wordings.NOT_SHOWN)
    return " ".join([found, why, limit])


def _draft_find(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    for key, example in iter_numbered_examples(weakness):
        answer = format_verdict(weakness, example, chooser, key)
        if answer and _is_shown(weakness, chooser, key) and not _is_reviewed(weakness, example, chooser, key):
            yield AnswerDraft(answer, _make_slots(weakness, example), _format_bad(example), key)
    # Nothing is assigned to clean code, so that of any weakness will do.
    for key, example in _number_examples(weakness):
        if example.good and is_clean(example):
            clean = format_clean_verdict(example, chooser, key)
            yield AnswerDraft(clean, _make_slots(weakness, example), format_good(example), f"{key}-fixed")


def _is_shown(weakness: Weakness, chooser: HashChooser, key: str) -> bool:
    """Whether flawed code is asked about at all: the catalogue has more of it than of code that passes a review."""
    return HashChooser(chooser.seed, weakness.upstream_id, "flawed").draw(key, FLAWED_SHARE)


def _is_reviewed(weakness: Weakness, example: CodeExample, chooser: HashChooser, key: str) -> bool:
    """Whether flawed code is asked about as a change to review; else as code to search: its explanation comes once."""
    drawn = HashChooser(chooser.seed, weakness.upstream_id, "code")
    return bool(get_purpose(example)) and len(explain_flaw(example.reason).split()) >= 8 and drawn.draw(key, 0.6)


def _draft_fix(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    for key, example in iter_numbered_examples(weakness):
        if example.good:
            yield AnswerDraft(
                format_fix(weakness, example, chooser, key), _make_slots(weakness, example), _format_bad(example), key
            )


def format_fix(weakness: Weakness, example: CodeExample, chooser: HashChooser, key: str) -> str:
    """What is wrong, in words about the flaw; then the fix; last, in one sentence, what changed."""
    why = explain_flaw(example.reason)
    # A long explanation is told where the flaw is asked for.
    why = why if len(why.split()) <= MAX_REASON_WORDS else ""
    flaw = f"{chooser.pick(f'flaw{key}', wordings.FLAW)} {why}" if why else ""
    return join_paragraphs(flaw, format_change(weakness, example, chooser, key))


def format_change(weakness: Weakness, example: CodeExample, chooser: HashChooser, key: str) -> str:
    """The fix and, in one sentence, what changed."""
    label = phrases.format_label(weakness)
    lead = chooser.pick(f"lead{key}", wordings.FIXED).format(label=label, id=weakness.upstream_id)
    line, removed = find_added_line(example), _find_replaced_line(example)
    slots = {"line": line, "removed": removed, "id": weakness.upstream_id}
    options: tuple[str, ...] = wordings.CHANGED_BOTH if line and removed else wordings.CHANGED_NEW
    if not line:
        # Where no line can be quoted, something is said only of a change that is more than one.
        options = wordings.CHANGED_REST if _count_new_lines(example) >= MIN_SPREAD else ("",)
    return join_paragraphs(lead, format_good(example), chooser.pick(f"changed{key}", options).format(**slots))


def _count_new_lines(example: CodeExample) -> int:
    known = {"".join(line.split()) for line in example.bad.split("\n")}
    return sum("".join(line.split()) not in known for line in example.good.split("\n"))


def _find_replaced_line(example: CodeExample) -> str:
    """The line that the line of the fix replaces: the most similar of those that are gone; empty if none is alike."""
    known = {"".join(line.split()) for line in example.good.split("\n")}
    gone = [line.strip().rstrip("{").strip() for line in example.bad.split("\n") if "".join(line.split()) not in known]
    usable = [line for line in gone if 8 <= len(line) <= MAX_QUOTED and "`" not in line and CODE_PATTERN.search(line)]
    # What the fix leaves out with dots may still be there.
    near = [] if "..." in example.good else difflib.get_close_matches(find_added_line(example), usable, 1, MIN_ALIKE)
    return near[0] if near else ""


def _draft_attack(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    for key, example in iter_numbered_examples(weakness):
        why = explain_flaw(example.reason)
        if not why or not CODE_PATTERN.search(example.attack) or len(split_sentences(example.attack)) > 3:
            continue
        lead = chooser.pick(f"lead{key}", wordings.SHOWN_BY).format(
            label=phrases.format_label(weakness), id=weakness.upstream_id
        )
        output = join_paragraphs(why, lead, phrases.fence_code(example.attack, "Other"))
        yield AnswerDraft(output, _make_slots(weakness, example), _format_bad(example), key)


def _draft_review(weakness: Weakness, chooser: HashChooser, _: EntryIndex) -> Iterator[AnswerDraft]:
    """A change with its purpose: sent back with the reason, or, in its fixed form, accepted."""
    for key, example in iter_numbered_examples(weakness):
        purpose, why = get_purpose(example), explain_flaw(example.reason)
        reviewed = _is_shown(weakness, chooser, key) and _is_reviewed(weakness, example, chooser, key)
        if purpose and len(why.split()) >= 8 and reviewed:
            lead = chooser.pick(f"lead{key}", wordings.REJECTED).format(label=phrases.format_label(weakness))
            fix = _find_guard(example)
            rework = chooser.pick(f"rework{key}", wordings.REWORK).format(line=fix) if fix else ""
            shown = join_paragraphs(purpose, _format_bad(example))
            yield AnswerDraft(join_paragraphs(f"{lead} {why}", rework), _make_slots(weakness, example), shown, key)
        if example.good and is_clean(example):
            said = chooser.pick(f"accept{key}", wordings.ACCEPTED)
            line = chooser.pick(f"line{key}", wordings.CARRIED_BY).format(line=find_added_line(example))
            limit = chooser.pick(f"limit{key}", wordings.NOT_SHOWN)
            shown = join_paragraphs(purpose, format_good(example))
            yield AnswerDraft(" ".join([said, line, limit]), _make_slots(weakness, example), shown, f"{key}-fixed")


QUESTION_TEMPLATES: tuple[QuestionTemplate[Weakness], ...] = (
    QuestionTemplate("cwe.find_in_code", "analyse code", Weakness, wordings.FIND, _draft_find),
    QuestionTemplate("cwe.fix_code", "analyse code", Weakness, wordings.FIX, _draft_fix),
    QuestionTemplate("cwe.attack_code", "analyse code", Weakness, wordings.ATTACK, _draft_attack),
    QuestionTemplate("cwe.review_change", "judge", Weakness, wordings.REVIEW, _draft_review),
)
