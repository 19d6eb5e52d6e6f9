"""Answers one by one against answers in batches: the same greedy answers, and how much faster.

    python benchmarks/generation.py [--quant int8] [--questions 32] [--most-tokens 64]

Runs A B A B in one process on the embedded base, and prints seconds, tokens a second, the ratio of the medians, and how
many answers are the same to the letter.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch
from transformers import PreTrainedModel

from hackmentor.data.sources.seeds import load_seeds
from hackmentor.evaluate.answer_log import Answer, AnswerLog
from hackmentor.evaluate.generate import generate_answers
from hackmentor.evaluate.question import Question
from hackmentor.model.load import load_base
from hackmentor.model.optimise import optimised_for_inference
from hackmentor.model.tokenizer import load_tokenizer
from hackmentor.prompts.chat_template import ChatTemplate
from hackmentor.prompts.templates import load_template

BASE = Path("models/pretrained/smollm2-135m")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quant", default="int8", choices=("int8", "nf4", "none"))
    parser.add_argument("--questions", type=int, default=32)
    parser.add_argument("--most-tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    model = load_base(BASE, quant=words.quant, dtype=torch.float32, device=torch.device("cpu"))
    template = ChatTemplate(load_tokenizer(BASE), load_template("chatml", None))
    asked = _questions(words.questions, words.most_tokens)
    runs: dict[str, list[tuple[float, list[Answer]]]] = {"one by one": [], "in batches": []}
    with optimised_for_inference(model):
        for _ in range(words.rounds):
            for name, batch_tokens in (("one by one", 1), ("in batches", 16_384)):
                runs[name].append(_run(model, template, asked, batch_tokens))
    _report(runs, words.quant, words.out)


def _questions(number: int, most_tokens: int) -> list[Question]:
    seeds = load_seeds().entries[:number]
    return [
        Question(
            s.upstream_id, "seeds", "iio", s.category, ({"role": "user", "content": s.instruction},), "", most_tokens
        )  # type: ignore[attr-defined]
        for s in seeds
    ]


def _run(
    model: PreTrainedModel, template: ChatTemplate, asked: list[Question], batch_tokens: int
) -> tuple[float, list[Answer]]:
    with TemporaryDirectory() as folder:
        book = AnswerLog(Path(folder), "base", "identity")
        started = time.perf_counter()
        generate_answers(model, lambda _: template, asked, book, batch_tokens=batch_tokens, on_progress=lambda _: None)
        return time.perf_counter() - started, book.rewrite(asked)


def _report(runs: dict[str, list[tuple[float, list[Answer]]]], quant: str, out: Path | None) -> None:
    figures: dict[str, object] = {"quant": quant, "load": os.getloadavg()[0], "threads": torch.get_num_threads()}
    seconds = {name: median(took for took, _ in all_of) for name, all_of in runs.items()}
    for name, all_of in runs.items():
        tokens = sum(answer.tokens for answer in all_of[0][1])
        figures[name] = {"seconds": [round(took, 2) for took, _ in all_of], "tokens_per_second": tokens / seconds[name]}
    one, many = runs["one by one"][0][1], runs["in batches"][0][1]
    figures["answers"] = len(one)
    figures["same"] = sum(a.text == b.text for a, b in zip(one, many, strict=True))
    figures["ratio"] = seconds["one by one"] / seconds["in batches"]
    print(json.dumps(figures, indent=2))
    if out:
        out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
