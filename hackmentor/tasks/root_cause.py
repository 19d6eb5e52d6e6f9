"""Task: the weakness behind a published vulnerability, with the phrase that decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import yaml

from hackmentor.exams.id_task import normalise_dashes
from hackmentor.exams.item import ExamItem, Mark
from hackmentor.tasks.case import Case
from hackmentor.tasks.material import Material
from hackmentor.tasks.root_cause_phrases import PHRASES
from hackmentor.tasks.task import Task, make_random

CLAUSES_FILE = Path(__file__).with_name("root_cause_clauses.yaml")
# In how many settings each clause stands.
SETTINGS = 9
MIN_WORDS = 8
MAX_OF_WEAKNESS = 60
_ID = re.compile(r"CWE-\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LabelledText:
    """The text of a vulnerability with the one weakness that its record names."""

    upstream_id: str
    split_key: str
    text: str
    cwe: str
    cve: str
    phrase: str = ""
    """What decides, where it is known."""


class RootCauseTask(Task[LabelledText]):
    """Right is the weakness by its id, the last one of the answer."""

    name = "root-cause"
    title = "weakness of a vulnerability"
    sources = ("cwe",)
    by_path = "KEV, CVE records, NVD, GHSA"
    proof = "the record's own label, or the list of clauses by weakness; the deciding phrase is in the text"

    def list_units(self, material: Material) -> Sequence[LabelledText]:
        """Records with one weakness that is known here and told by a phrase; of the commonest only some."""
        found = [
            LabelledText(weakness.upstream_id, weakness.split_key, example.text, weakness.upstream_id, example.cve)
            for weakness in material.weaknesses
            for example in weakness.observed
        ]
        found += [
            LabelledText(entry.upstream_id, entry.split_key, entry.description, entry.cwes[0], entry.upstream_id)
            for entry in material.vulnerabilities
            if len(entry.cwes) == 1
        ]
        counts: Counter[str] = Counter()
        units = []
        for unit in found:
            if unit.cwe in PHRASES and _is_usable(unit) and counts[unit.cwe] < MAX_OF_WEAKNESS:
                counts[unit.cwe] += 1
                units.append(unit)
        return [*units, *load_made_texts()]

    def build_cases(self, units: Sequence[LabelledText], seed: int) -> Iterator[Case]:
        """One case for each text."""
        for unit in units:
            yield _build_case(unit, make_random(seed, self.name, unit.cwe, unit.cve))

    def mark_answer(self, item: ExamItem, answer: str) -> Mark:
        """Reads the last id."""
        found = _ID.findall(normalise_dashes(answer))
        if not found:
            return Mark("unparsed", 0.0)
        given = found[-1].upper()
        return Mark("correct" if given == item.key else "wrong", float(given == item.key), given)

    def find_label_fault(self, case: Case) -> str:
        """Compares with the record's label and looks for the phrase."""
        if case.key != case.facts["label"]:
            return f"the record says {case.facts['label']}"
        listed = [unit.cwe for unit in load_made_texts() if unit.text == case.input]
        if listed and listed != [case.key]:
            return f"the clause is of {listed[0]}"
        return "" if case.facts["phrase"] in case.input else "the deciding phrase is not in the text"


@cache
def load_made_texts() -> tuple[LabelledText, ...]:
    """Texts of our own about made-up products: each clause of the file in several settings."""
    content: dict[str, list[str]] = yaml.safe_load(CLAUSES_FILE.read_text(encoding="utf-8"))
    texts = []
    for cwe, clauses in content.items():
        for place, clause in enumerate(clauses):
            clause_id = f"clause:{cwe}:{place}"
            for number in range(SETTINGS):
                draw = make_random(0, clause_id, str(number))
                before, phrase, after = clause.split("|")
                product, version = draw.choice(PRODUCTS), f"{draw.randrange(1, 9)}.{draw.randrange(20)}"
                told = draw.choice(FRAMES).format(product=product, version=version, clause=f"{before}{phrase}{after}")
                effect = draw.choice(EFFECTS)
                texts.append(LabelledText(clause_id, clause_id, f"{told} {effect}", cwe, f"made-{number}", phrase))
    return tuple(texts)


def _is_usable(unit: LabelledText) -> bool:
    """Whether the text tells the weakness, no other one, and doesn't name the id."""
    is_chain = unit.text.lower().startswith("chain")
    if is_chain or len(unit.text.split()) < MIN_WORDS or _ID.search(unit.text):
        return False
    told = [cwe for cwe, (_, pattern) in PHRASES.items() if pattern.search(unit.text)]
    return told == [unit.cwe]


def _build_case(unit: LabelledText, draw: Random) -> Case:
    name, pattern = PHRASES[unit.cwe]
    match = pattern.search(unit.text)
    phrase = unit.phrase or (match[0] if match else "")
    words = draw.choice(ARGUMENTS).format(phrase=phrase, name=name, cwe=unit.cwe)
    return Case(
        id=f"{unit.upstream_id}/root-cause/{unit.cve}",
        upstream_id=unit.upstream_id,
        split_key=unit.split_key,
        instruction=f"{draw.choice(INSTRUCTIONS)} Quote the phrase that decides, and end with the id of the CWE.",
        input=unit.text,
        key=unit.cwe,
        answer=f"{words} {draw.choice(CAUTIONS)}\n\n{unit.cwe}",
        entries=tuple(dict.fromkeys(key for key in (unit.upstream_id, unit.cve) if not key.startswith("made-"))),
        facts={"label": unit.cwe, "phrase": phrase},
    )


INSTRUCTIONS = (
    "Which weakness is behind this vulnerability?",
    "Map the vulnerability to the CWE of its root cause.",
    "Give the CWE for this record.",
    "What is the root cause, as a CWE?",
    "Our tracker lacks the weakness of this one. Fill it in.",
)
ARGUMENTS = (
    'What decides is "{phrase}": that is {name}, {cwe}.',
    'The text says "{phrase}", so the root cause is {name} ({cwe}).',
    'By "{phrase}" it is {name}; the rest tells effect and place.',
    'I go by "{phrase}", which means {name}.',
    '"{phrase}" names the mistake itself, {name}, and not only what follows from it.',
    'The phrase "{phrase}" points to {name} ({cwe}).',
)
CAUTIONS = (
    "What an attacker gains by it is another question and does not change the mapping.",
    "A more specific entry would need details that the text does not give.",
    "The product doesn't matter for it.",
    "Had the text told the effect alone, I would leave it open.",
    "Neighbouring entries describe the consequence, this one the cause.",
    "The fix would show whether a second weakness was involved.",
    "I take the text at its word.",
    "Severity is not part of this.",
)
PRODUCTS = (
    "Fernhall CMS", "Tarn Gateway", "Brightwater ERP", "Quarry Backup", "Lumen Player", "Axial Router", "Orbis Portal",
    "Kestrel Mail", "Velo Shop", "Stonegate VPN", "Halden Board", "Northmill Sync", "Pallas Viewer", "Meridian Agent",
    "Sorrel Forum", "Copperline Hub",
)  # fmt: skip
FRAMES = (
    "{product} before {version} {clause}.",
    "In {product} up to {version} a component {clause}.",
    "The web interface of {product} {version} {clause}.",
    "A service of {product} {version} {clause}.",
    "{product}, all versions before {version}, {clause}.",
    "An issue was found in {product} {version}: it {clause}.",
    "The import of {product} {version} {clause}.",
)
EFFECTS = (
    "A remote attacker can use it.",
    "An attacker with an ordinary account could exploit this.",
    "The vendor rates it high.",
    "It was reported by a customer and is fixed in the next release.",
    "Exploitation needs a crafted request.",
    "The impact depends on the configuration.",
    "Proof-of-concept code exists.",
    "No workaround is known.",
    "Local users are affected most.",
    "Confidentiality and integrity are at risk.",
)
