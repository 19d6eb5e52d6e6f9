"""How much data one machine can build: N synthetic records with planted duplicates through the real command.

    nice python benchmarks/data_scale.py --records 1000000 --out benchmarks/results/data_scale.json

The command runs in a process of its own whose address space is limited (RLIMIT_AS, so that a build which needs more
fails), and its peak resident memory is what the kernel counted for it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

GIB = 1 << 30
REPOSITORY = Path(__file__).resolve().parent.parent

SLOTS = """
attacker intruder insider operator contractor botnet worm loader implant phisher broker administrator
abuses forges replays scans dumps injects spoofs poisons floods tampers intercepts enumerates hijacks encrypts redirects
unsigned stale shared cached nested legacy remote hidden expired writable public encoded mirrored orphaned unpatched
token cookie header certificate password ticket socket kernel driver bucket container secret macro queue cache parser
gateway controller workstation hypervisor mailbox database cluster router vault repository sensor scheduler registry
deserialisation traversal overflow injection smuggling rebinding stuffing spraying tunnelling sideloading squatting
"""
ACTORS, VERBS, KINDS, THINGS, PLACES, MEANS = (line.split() for line in SLOTS.split("\n")[1:-1])
WORDS = tuple(f"{thing}{number}" for thing in THINGS for number in range(60))
SENTENCES = (
    "The {0} {1} the {2} {3} of the {4} by {5}, which leaves {6} and {7} in its log",
    "To stop this, remove the {2} {3} from {6}, then let the {4} check {7} before any {5}",
    "It is seen when the {4} reads {6} from a {2} {3} that the {0} {1} with {7} after the {5}",
    "A {2} {3} on the {4} lets the {0} reach {6}, and it {1} {7} as soon as the {5} begins",
)


def sentence(draw: random.Random) -> str:
    slots = (ACTORS, VERBS, KINDS, THINGS, PLACES, MEANS, WORDS, WORDS)
    words = [slot[int(draw.random() * len(slot))] for slot in slots]
    return SENTENCES[int(draw.random() * len(SENTENCES))].format(*words)


def record(number: int, *, changed: bool = False) -> dict[str, str]:
    """The record of a number; `changed` replaces one word of its answer."""
    draw = random.Random(number)
    question = f"{sentence(draw)}. What follows from case {WORDS[number % len(WORDS)]}?"
    answer = ". ".join(sentence(draw) for _ in range(4)) + "."
    if changed:
        words = answer.split()
        words[len(words) // 2] = "otherwise"
        answer = " ".join(words)
    return {"instruction": question, "input": "", "output": answer}


def plant(records: int) -> Iterator[tuple[dict[str, str], str]]:
    """Records and what each is: of every 20, one repeats an earlier record exactly and one nearly, each another one."""
    for number in range(records):
        twenty, place = divmod(number, 20)
        early = 20 * (twenty // 2) + twenty % 2
        if place == 7:
            yield record(early + 1), "exact"
        elif place == 13:
            yield record(early + 3, changed=True), "near"
        else:
            yield record(number), "new"


def write(path: Path, records: int) -> dict[str, int]:
    planted = {"exact": 0, "near": 0, "new": 0}
    with path.open("w", encoding="utf-8") as file:
        for item, what in plant(records):
            planted[what] += 1
            file.write(json.dumps(item) + "\n")
    return planted


def build(source: Path, folder: Path, limit: int) -> tuple[str, dict[str, float]]:
    """The command's output; its seconds by the clock and of the processor, and its peak resident memory in GiB."""
    command = [sys.executable, "-m", "hackmentor", "data", "data=iio", f"data.sources=['{source}']"]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", "COLUMNS": "120"}
    start = time.perf_counter()
    child = subprocess.Popen(
        [*command, f"paths.data={folder}"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert child.stdout is not None
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"the build failed\n{printed}")
    # Linux counts in KiB.
    return printed, {
        "seconds": round(time.perf_counter() - start, 1),
        "processor_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_resident_gib": round(usage.ru_maxrss * 1024 / GIB, 2),
    }


def phases(printed: str) -> dict[str, float]:
    found = re.search(r"built in [\d.]+ s \((.+)\)", printed)
    parts = found.group(1).split(", ") if found else []
    return {name: float(seconds) for name, seconds in (part.split() for part in parts)}


def unplanted(left_out: Path) -> int:
    """How many were left out that are neither planted nor what a planted one repeats."""
    items = (json.loads(line)["id"] for line in left_out.read_text(encoding="utf-8").splitlines())
    places = ((int(name.rpartition(":")[2]) - 1) % 20 for name in items)
    return sum(place not in (1, 2, 3, 4, 7, 13) for place in places)


def measure(records: int, limit: int, folder: Path) -> dict[str, object]:
    source = folder / "synthetic.jsonl"
    planted = write(source, records)
    printed, took = build(source, folder / "data", limit)
    print(printed)
    card = json.loads((folder / "data" / "iio" / "card.json").read_text(encoding="utf-8"))
    dropped = {reason: item["count"] for reason, item in card["dropped"].items()}
    found = {
        what: sum(count for reason, count in dropped.items() if reason.endswith(f": {name}"))
        for what, name in (("exact", "exact duplicate"), ("near", "near-duplicate"))
    }
    return {
        "command": f"hackmentor data data=iio data.sources=[synthetic.jsonl], {records} records, "
        f"{source.stat().st_size / GIB:.2f} GiB",
        "machine": f"{os.cpu_count()} cores, {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / GIB:.0f} GiB",
        "load_average_of_5_minutes": round(os.getloadavg()[1], 1),
        "python": platform.python_version(),
        "limit": f"RLIMIT_AS {limit / GIB:.0f} GiB",
        **took,
        "records_per_second": round(records / took["seconds"]),
        "seconds_by_phase": phases(printed),
        "train": card["train"]["total"],
        "eval": card["eval"]["total"],
        "planted": {what: planted[what] for what in ("exact", "near")},
        "found": found,
        "dropped_though_not_planted": unplanted(folder / "data" / "iio" / "left_out.jsonl"),
        "dropped": dropped,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--limit-gib", type=float, default=4)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(chosen.records, int(chosen.limit_gib * GIB), Path(folder))
    text = json.dumps(figures, indent=2)
    print(text)
    if chosen.out:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
