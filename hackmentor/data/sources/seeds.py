"""Questions with expert answers, written by hand, that ship with this package."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hackmentor.data.sources.catalogue import Catalogue, Origin
from hackmentor.runtime.errors import UserError

SEED_FOLDER = Path(__file__).parent.parent / "seeds"
FIELDS = ("id", "category", "instruction", "input", "answer")
LICENCE = "Apache-2.0"
# Of the seeds themselves: it is written into every record, so it changes only when a seed does.
SEEDS_VERSION = "0.1.0"
NOTICE = "Seed questions and answers of the HackMentor project, Apache License 2.0."


@dataclass(frozen=True, slots=True)
class Seed:
    """One question with its answer; `refs` are the CWE and ATT&CK ids that the answer rests on."""

    upstream_id: str
    category: str
    instruction: str
    input: str
    answer: str
    refs: tuple[str, ...]

    @property
    def split_key(self) -> str:
        """Each seed is split by itself."""
        return self.upstream_id


@cache
def load_seeds() -> Catalogue:
    """Every seed of every file. Raises UserError that names file and line where one does not hold."""
    seeds = [seed for path in sorted(SEED_FOLDER.glob("*.jsonl")) for seed in _read_seed_file(path)]
    if not seeds:
        raise UserError(f"{SEED_FOLDER}: no seed files. Install hackmentor again")
    return Catalogue(Origin("seeds", "", "", SEEDS_VERSION, LICENCE, NOTICE), tuple(seeds))


def _read_seed_file(path: Path) -> list[Seed]:
    found: list[Seed] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            item = json.loads(line)
            texts = [item[name] for name in FIELDS]
            if not all(isinstance(text, str) for text in texts) or not item["answer"].strip():
                raise ValueError(f"{', '.join(FIELDS)} must be text, and the answer not empty")
            name, category, instruction, input_text, answer = texts
            found.append(Seed(f"seed:{name}", category, instruction, input_text, answer, tuple(item.get("refs", ()))))
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path}, line {number}: not a seed ({error})") from error
    return found
