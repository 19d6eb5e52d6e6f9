"""Task: a piece of code: name its weakness, say that it is clean, or repair it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import ClassVar

from hackmentor.exams.id_task import normalise_dashes
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.tasks.case import Case
from hackmentor.tasks.code_flaws import CODE_FILE, Flaw, fill, find_fault, load_flaws
from hackmentor.tasks.code_wordings import CODE_WORDINGS, LANGUAGES, ReviewWordings
from hackmentor.tasks.material import Material
from hackmentor.tasks.task import Task, make_random

CLEAN = "none"
_FINDING = re.compile(r"\bfinding\W+([\w-]+)", re.IGNORECASE)
_BLOCK = re.compile(r"```[a-z+#]*\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)


class CodeTask(Task[Flaw]):
    """Right is the weakness by its id, or `none`; a repair is right if the check is silent and nothing got lost."""

    name = "code"
    title = "code review and repair"
    words: ClassVar[ReviewWordings] = CODE_WORDINGS
    proof = "a check per weakness that hits the weak and not the right version; both parse"

    def list_units(self, material: Material) -> Sequence[Flaw]:
        """Our own pieces, in Python, JavaScript, TypeScript, Go, Java, C, Rust and PHP."""
        return load_flaws(CODE_FILE)

    def build_cases(self, units: Sequence[Flaw], seed: int) -> Iterator[Case]:
        """For each piece in each wording of its names: review the weak one, review the right one, repair."""
        for flaw in units:
            seen: set[str] = set()
            for number, names in enumerate(flaw.list_variants()):
                shown = fill(flaw.bad, names)
                if shown in seen:
                    continue
                seen.add(shown)
                draw = make_random(seed, self.name, flaw.id, str(number))
                yield _build_review(flaw, names, number, "bad", draw, self.words)
                yield _build_review(flaw, names, number, "good", draw, self.words)
                yield _build_repair(flaw, names, number, draw, self.words)

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """The last finding, or the last code block given to the check of the weakness."""
        if item.category == "repair":
            key = json.loads(item.key)
            blocks = _BLOCK.findall(answer)
            if not blocks:
                return Mark("unparsed", 0.0)
            fault = find_fault(blocks[-1], key["language"], key["check"], key["keeps"])
            return Mark("wrong", 0.0, fault) if fault else Mark("correct", 1.0, "repaired")
        found = _FINDING.findall(normalise_dashes(answer))
        if not found:
            return Mark("unparsed", 0.0)
        is_right = found[-1].lower() == item.key.removeprefix("Finding: ").lower()
        return Mark("correct" if is_right else "wrong", float(is_right), found[-1])

    def show_key(self, key: str) -> str:
        """The finding, or the repaired code in a block."""
        return f"```\n{json.loads(key)['code']}\n```" if key.startswith("{") else key

    def find_label_fault(self, case: Case) -> str:
        """Runs the check over the code that is shown and over the repair."""
        facts = case.facts
        code = _BLOCK.findall(case.input)[0]
        hit = re.search(facts["check"], code) is not None
        if case.category == "repair":
            if not hit or not case.key.startswith("{"):
                return "the check is silent about the code to repair"
            key = json.loads(case.key)
            if key["keeps"] != facts["keeps"]:
                return "the demands are of another piece"
            return find_fault(key["code"], facts["language"], facts["check"], facts["keeps"])
        expected = f"Finding: {facts['cwe'] if hit else CLEAN}"
        return "" if case.key == expected else f"the check says {expected}"


def _build_review(
    flaw: Flaw, names: Mapping[str, str], number: int, side: str, draw: Random, words: ReviewWordings
) -> Case:
    code = fill(flaw.bad if side == "bad" else flaw.good, names)
    finding = flaw.cwe if side == "bad" else CLEAN
    return Case(
        id=f"{flaw.upstream_id}/review.{side}/{number}",
        upstream_id=flaw.upstream_id,
        split_key=flaw.split_key,
        instruction=f"{draw.choice(words.review)} {words.review_rules}",
        input=_show(code, flaw.language),
        key=f"Finding: {finding}",
        answer=_write_review(flaw, names, side, draw, words) + f"\n\nFinding: {finding}",
        category="review",
        facts={"check": fill(flaw.check, names, escaped=True), "cwe": flaw.cwe},
    )


def _build_repair(flaw: Flaw, names: Mapping[str, str], number: int, draw: Random, words: ReviewWordings) -> Case:
    good, used = fill(flaw.good, names), {name for name in ("«a»", "«t»") if name in flaw.bad and name in flaw.good}
    keeps = [fill(text, names) for text in dict.fromkeys([*flaw.keeps, *sorted(used)])]
    check = fill(flaw.check, names, escaped=True)
    demands = {"language": flaw.language, "check": check, "keeps": keeps}
    why, fix = fill(flaw.why, names), fill(flaw.fix, names)
    told = draw.choice(words.repaired).format(why=why, fix=fix, cwe=flaw.cwe, flaw=flaw.flaw)
    return Case(
        id=f"{flaw.upstream_id}/repair/{number}",
        upstream_id=flaw.upstream_id,
        split_key=flaw.split_key,
        instruction=f"{draw.choice(words.repair).format(flaw=flaw.flaw, cwe=flaw.cwe)} {words.repair_rules}",
        input=_show(fill(flaw.bad, names), flaw.language),
        key=json.dumps({"code": good, **demands}),
        answer=f"{told}\n\n{_show(good, flaw.language)}",
        category="repair",
        facts=demands,
    )


def _write_review(flaw: Flaw, names: Mapping[str, str], side: str, draw: Random, words: ReviewWordings) -> str:
    """Observation, reasoning, action and uncertainty."""
    code, other = (fill(text, names).split("\n") for text in (flaw.bad, flaw.good))
    if side == "good":
        code, other = other, code
    telling = _find_telling_line(code, other)
    slots = {
        "line": f"`{telling}`" if "`" not in telling else f"`` {telling} ``",
        "name": f"`{names['f']}`",
        "value": f"`{names['a']}`",
        "flaw": flaw.flaw,
        "cwe": flaw.cwe,
        "language": LANGUAGES[flaw.language],
    }
    table = words.weak if side == "bad" else words.clean
    observed = f"{draw.choice(words.leads)} {draw.choice(table['observed'])}".format(**slots)
    about = fill(flaw.why if side == "bad" else flaw.clean, names)
    reason = " ".join(draw.sample(table["reason"], 2)).format(**slots)
    action = draw.choice(table["action"]).format(**slots)
    gain = draw.choice(table["gain"]).format(**slots)
    doubts = " ".join(draw.sample(table["doubt"], 2)).format(**slots)
    if side == "bad":
        action = f"{fill(flaw.fix, names)} {action}\n\n{_show(chr(10).join(other), flaw.language)}"
    return "\n\n".join((observed, f"{about} {reason} {gain}".strip(), action, doubts))


def _find_telling_line(code: Sequence[str], other: Sequence[str]) -> str:
    """The first line that the other version doesn't have."""
    known = {" ".join(line.split()) for line in other}
    lines = [" ".join(line.split()) for line in code]
    return next((line for line in lines if line not in known and len(line) > 4), lines[-1])


def _show(code: str, language: str) -> str:
    return f"```{language}\n{code}\n```"
