"""Task: a piece of code: name its weakness, say that it is clean, or repair it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from hackmentor.exams.id_task import normalise_dashes
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.tasks import code_wordings as words
from hackmentor.tasks.case import Case
from hackmentor.tasks.code_flaws import Flaw, fill, find_fault, load_flaws
from hackmentor.tasks.material import Material
from hackmentor.tasks.task import Task, make_random

CLEAN = "none"
_FINDING = re.compile(r"\bfinding\W+(CWE-\d+|none)\b", re.IGNORECASE)
_BLOCK = re.compile(r"```[a-z+#]*\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)


class CodeTask(Task[Flaw]):
    """Right is the weakness by its id, or `none`; a repair is right if the check is silent and nothing got lost."""

    name = "code"
    title = "code review and repair"
    proof = "a check per weakness that hits the weak and not the right version; both parse"

    def list_units(self, material: Material) -> Sequence[Flaw]:
        """Our own pieces, in Python, JavaScript, TypeScript, Go, Java, C, Rust and PHP."""
        return load_flaws()

    def build_cases(self, units: Sequence[Flaw], seed: int) -> Iterator[Case]:
        """For each piece in each wording of its names: review the weak one, review the right one, repair."""
        for flaw in units:
            for number, names in enumerate(flaw.list_variants()):
                draw = make_random(seed, self.name, flaw.id, str(number))
                yield _build_review(flaw, names, number, "bad", draw)
                yield _build_review(flaw, names, number, "good", draw)
                yield _build_repair(flaw, names, number, draw)

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
        finding = CLEAN if found[-1].lower() == CLEAN else found[-1].upper()
        is_right = finding == item.key.removeprefix("Finding: ")
        return Mark("correct" if is_right else "wrong", float(is_right), finding)

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


def _build_review(flaw: Flaw, names: Mapping[str, str], number: int, side: str, draw: Random) -> Case:
    code = fill(flaw.bad if side == "bad" else flaw.good, names)
    finding = flaw.cwe if side == "bad" else CLEAN
    return Case(
        id=f"{flaw.upstream_id}/code.{side}/{number}",
        upstream_id=flaw.upstream_id,
        split_key=flaw.split_key,
        instruction=f"{draw.choice(words.REVIEW)} {words.REVIEW_RULES}",
        input=_show(code, flaw.language),
        key=f"Finding: {finding}",
        answer=_write_review(flaw, names, side, draw) + f"\n\nFinding: {finding}",
        category="review",
        facts={"check": fill(flaw.check, names, escaped=True), "cwe": flaw.cwe},
    )


def _build_repair(flaw: Flaw, names: Mapping[str, str], number: int, draw: Random) -> Case:
    good, keeps = fill(flaw.good, names), [fill(text, names) for text in flaw.keeps]
    check = fill(flaw.check, names, escaped=True)
    demands = {"language": flaw.language, "check": check, "keeps": keeps}
    why, fix = fill(flaw.why, names), fill(flaw.fix, names)
    told = draw.choice(words.REPAIRED).format(why=why, fix=fix, cwe=flaw.cwe, flaw=flaw.flaw)
    return Case(
        id=f"{flaw.upstream_id}/code.repair/{number}",
        upstream_id=flaw.upstream_id,
        split_key=flaw.split_key,
        instruction=f"{draw.choice(words.REPAIR).format(flaw=flaw.flaw, cwe=flaw.cwe)} {words.REPAIR_RULES}",
        input=_show(fill(flaw.bad, names), flaw.language),
        key=json.dumps({"code": good, **demands}),
        answer=f"{told}\n\n{_show(good, flaw.language)}",
        category="repair",
        facts=demands,
    )


def _write_review(flaw: Flaw, names: Mapping[str, str], side: str, draw: Random) -> str:
    """Observation, reasoning, action and uncertainty."""
    code = fill(flaw.bad if side == "bad" else flaw.good, names).split("\n")
    other = fill(flaw.good if side == "bad" else flaw.bad, names).split("\n")
    telling = next((line.strip() for line in code if line not in other and len(line.strip()) > 4), code[-1].strip())
    slots = {
        "line": f"`{telling}`" if "`" not in telling else f"`` {telling} ``",
        "name": f"`{names['f']}`",
        "value": f"`{names['a']}`",
        "flaw": flaw.flaw,
        "cwe": flaw.cwe,
        "language": words.LANGUAGES[flaw.language],
    }
    table = words.WEAK if side == "bad" else words.CLEAN
    observed = f"{draw.choice(words.LEADS)} {draw.choice(table['observed'])}".format(**slots)
    about = fill(flaw.why if side == "bad" else flaw.clean, names)
    reason = " ".join(draw.sample(table["reason"], 2)).format(**slots)
    action = draw.choice(table["action"]).format(**slots)
    doubts = " ".join(draw.sample(table["doubt"], 2)).format(**slots)
    if side == "bad":
        action = f"{fill(flaw.fix, names)} {action}\n\n{_show(chr(10).join(other), flaw.language)}"
    return "\n\n".join((observed, f"{about} {reason}", action, doubts))


def _show(code: str, language: str) -> str:
    return f"```{language}\n{code}\n```"
