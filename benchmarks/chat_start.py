"""What a chat costs before its first word: `hackmentor chat` on the embedded base, loading and first word, in parts.

    hackmentor fetch base=smollm2 size=135m
    OMP_NUM_THREADS=2 python -m benchmarks.chat_start                   # writes benchmarks/results/chat_start.json
    OMP_NUM_THREADS=2 python -m benchmarks.chat_start smollm2-135m-lora-iio     # a cell; any words of the command

Each round is a process of its own, which loads as the command does and then says three things in one conversation.
Shown are the medians; `cpu` is the processor time of all threads, which other users of the machine change less.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from hackmentor.runtime.files import write_json

RESULTS = Path(__file__).parent / "results" / "chat_start.json"
MESSAGES = ("What is SQL injection?", "How do I prevent it in Python?", "And in Java?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)
    asked, words = parser.parse_known_args()
    words = words or ["smollm2-135m"]
    if asked.child is not None:
        print(json.dumps(_round(asked.child, words)))
        return
    command = [sys.executable, "-m", "benchmarks.chat_start", *words, "--child"]
    rounds = []
    for _ in range(asked.rounds):
        done = subprocess.run([*command, str(time.time())], stdout=subprocess.PIPE, text=True, check=True)
        rounds.append(json.loads(done.stdout.splitlines()[-1]))
    seconds = {name: round(statistics.median(one[name] for one in rounds), 2) for name in rounds[0]}
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    result = {
        "words": words, "cores": os.cpu_count(), "threads": threads, "load": os.getloadavg()[0], "seconds": seconds,
    }  # fmt: skip
    print(json.dumps(result, indent=2))
    write_json(RESULTS, result)


def _round(began: float, words: list[str]) -> dict[str, float]:
    stamps = {"interpreter": time.time() - began}
    from hackmentor.cell.find import split_name_and_overrides
    from hackmentor.chat.resolve_model import resolve_model
    from hackmentor.config.compose import CommandRequest

    name, overrides = split_name_and_overrides(words)
    who = resolve_model(CommandRequest("chat", overrides), name)
    stamps["configuration"] = time.time() - began
    from hackmentor.chat.model_loader import ModelLoader

    stamps["imports"] = time.time() - began
    conversation = ModelLoader(who.config.chat, who.config.seed).start_conversation(who)
    stamps["weights"] = loaded = time.time() - began
    parts = dict(
        zip(stamps, [b - a for a, b in zip([0, *stamps.values()], stamps.values(), strict=False)], strict=True)
    )
    parts |= {"in all, until it can be asked": loaded, "the same, cpu": time.process_time()}
    for place, message in enumerate(MESSAGES, start=1):
        before = time.process_time()
        reply = conversation.send(message, lambda _: None)
        parts[f"first word of answer {place}"] = reply.first_word_seconds
        parts[f"a token of answer {place}"] = reply.seconds / reply.tokens
        parts[f"a token of answer {place}, cpu"] = (time.process_time() - before) / reply.tokens
    return parts


if __name__ == "__main__":
    main()
