"""Task: a cloud or infrastructure configuration: which check it fails, and the repair; checks told by their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hackmentor.tasks.case import Case
from hackmentor.tasks.cloud_wordings import CLOUD_WORDINGS
from hackmentor.tasks.code_flaws import CLOUD_FILE, Flaw, load_flaws
from hackmentor.tasks.code_review import CodeTask
from hackmentor.tasks.material import CheckEntry, Material
from hackmentor.tasks.task import make_random

OFFERED = 5


@dataclass(frozen=True, slots=True)
class PublishedCheck:
    """A check of a catalogue, with others of its provider to tell it from."""

    entry: CheckEntry
    others: tuple[str, ...]

    @property
    def upstream_id(self) -> str:
        """Its id."""
        return self.entry.upstream_id

    @property
    def split_key(self) -> str:
        """Its id."""
        return self.entry.split_key


class CloudTask(CodeTask):
    """As the code task, with the id of a check in place of a weakness."""

    name = "cloud"
    title = "cloud and infrastructure code"
    words = CLOUD_WORDINGS
    by_path = "prowler's checks"
    proof = "a check per setting that hits the failing and not the passing version; HCL, YAML and JSON parse"

    def list_units(self, material: Material) -> Sequence[Any]:
        """Our own configurations, and the checks of a catalogue."""
        by_provider: dict[str, list[str]] = {}
        for entry in material.checks:
            by_provider.setdefault(entry.provider, []).append(entry.upstream_id)
        published = [PublishedCheck(entry, tuple(by_provider[entry.provider])) for entry in material.checks]
        return [*load_flaws(CLOUD_FILE), *(check for check in published if len(check.others) >= OFFERED)]

    def build_cases(self, units: Sequence[Any], seed: int) -> Iterator[Case]:
        """Reviews with five checks to choose from, repairs, and texts of published checks with five ids."""
        known = sorted({flaw.cwe for flaw in load_flaws(CLOUD_FILE)})
        for case in super().build_cases([unit for unit in units if isinstance(unit, Flaw)], seed):
            yield _offer_checks(case, known, seed) if case.category == "review" else case
        for unit in units:
            if isinstance(unit, PublishedCheck):
                yield _build_recognition(unit, seed)

    def find_label_fault(self, case: Case) -> str:
        """Runs the check; for the text of a published check compares with its metadata."""
        if case.category == "text":
            return "" if case.key == f"Finding: {case.facts['id']}" else f"the text is of {case.facts['id']}"
        if case.category == "review" and case.facts["cwe"] not in case.input:
            return "the right check is not offered"
        return super().find_label_fault(case)


def _offer_checks(case: Case, known: Sequence[str], seed: int) -> Case:
    draw = make_random(seed, "cloud", case.id, "offered")
    right: str = case.facts["cwe"]
    offered = [right, *draw.sample([check for check in known if check != right], OFFERED - 1)]
    listed = "\n".join(f"- {check}" for check in draw.sample(offered, OFFERED))
    return replace(case, input=f"{case.input}\n\nChecks:\n{listed}")


def _build_recognition(check: PublishedCheck, seed: int) -> Case:
    entry = check.entry
    draw = make_random(seed, "cloud", entry.upstream_id)
    others = draw.sample([other for other in check.others if other != entry.upstream_id], OFFERED - 1)
    listed = "\n".join(f"- {name}" for name in draw.sample([entry.upstream_id, *others], OFFERED))
    command = f"\n\n```bash\n{entry.command}\n```" if entry.command else ""
    code = f"\n\n```hcl\n{entry.terraform}\n```" if entry.terraform else ""
    return Case(
        id=f"{entry.upstream_id}/cloud.text",
        upstream_id=entry.upstream_id,
        split_key=entry.split_key,
        instruction=f"{draw.choice(RECOGNISE)} End with one line: Finding: <id of the check>.",
        input=f"{entry.provider}: {entry.risk}\n\nChecks:\n{listed}",
        key=f"Finding: {entry.upstream_id}",
        answer=f"{entry.title} {entry.recommendation}{command}{code}\n\nFinding: {entry.upstream_id}",
        category="text",
        facts={"id": entry.upstream_id},
    )


RECOGNISE = (
    "A report describes this risk. Which check finds it, and what is to be done?",
    "Which check of the list is meant, and how is it fixed?",
    "Match the risk to the check that reports it, and give the remedy.",
)
