"""Writes the files of a trained and evaluated grid, without training or evaluating."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from hackmentor.cell.folder import CellFolder
from hackmentor.evaluate.answer_log import Answer
from hackmentor.evaluate.ratings.ratings_summary import compute_ratings
from hackmentor.evaluate.ratings.read_battles import parse_battles
from hackmentor.evaluate.verdict.measure import ItemScores, build_measure
from hackmentor.evaluate.verdict.verdict import build_verdict
from hackmentor.records.read.rows import Row
from hackmentor.review.cell_spec import CellSpec
from hackmentor.runtime.files import write_json, write_text

SIZES = {"smollm2": ["135m"], "qwen3": ["0.6b", "8b"], "llama": ["7b", "13b"]}
FAILURE = "torch.OutOfMemoryError: CUDA out of memory."
_ANSWER = "Validate every input against a list of what is allowed, use prepared statements and log each failed attempt."


def build_specs(outputs: Path, data: Path) -> list[CellSpec]:
    """Forty cells: five bases with two methods on four data sets."""
    specs = []
    for base, size in [(base, size) for base, sizes in SIZES.items() for size in sizes]:
        for method in ("lora", "full"):
            for dataset in ("iio", "turn", "attack", "mixed"):
                name = f"{base}-{size}-{method}-{dataset}"
                config = {
                    "name": name, "base": {"name": base}, "size": {"name": size}, "method": {"name": method},
                    "data": {"name": dataset}, "optimizer": {"lr": 2e-4 if method == "lora" else 2e-5},
                }  # fmt: skip
                command = f"hackmentor train experiment=made base={base} size={size} method={method} data={dataset}"
                folder = CellFolder(outputs / "made" / name)
                untuned, data_folder = f"{base}-{size}", data / dataset
                options = base, size, method, dataset
                specs.append(CellSpec(name, *options, untuned, config, command, folder, data_folder))
    return specs


def write_training_files(specs: list[CellSpec], *, steps: int = 600) -> None:
    """Writes those of training: all cells are done but the last four: failed, stopped, cut off, not started."""
    draw = random.Random(0)
    for place, spec in enumerate(specs):
        ending = ("failed", "stopped", "cut off", "none")[place - len(specs) + 4] if place >= len(specs) - 4 else "done"
        if ending == "none":
            continue
        done = steps if ending == "done" else steps // 3
        rows = [f"{_draw_loss(place, step, draw):.5f},{step},{4000 + 90 * place}," for step in range(done)]
        rows = [
            row + (f"{_draw_loss(place, step, draw):.4f}" if step % 150 == 149 else "") for step, row in enumerate(rows)
        ]
        write_text(spec.folder.metrics, "\n".join(["loss,step,tokens_per_second,val_loss", *rows]) + "\n")
        progress = {"step": done, "steps": steps, "loss": 2.0, "seconds_left": 0.3 * (steps - done)}
        write_json(spec.folder.path / "progress.json", progress)
        write_json(spec.folder.config, spec.config)  # JSON is YAML
        write_text(spec.folder.path / "train.log", _build_log(spec.name, ending))
        write_json(spec.data_folder / "card.json", _build_data_card())
        if ending == "done":
            write_json(spec.folder.card, build_card(spec.untuned, place))
            write_json(spec.folder.done, {"fingerprint": f"{place:064x}", "decided_by": {}})


def write_evaluation_files(
    specs: list[CellSpec], *, questions: int = 40, texts: list[str] | None = None
) -> dict[str, Any]:
    """Writes those of an evaluation of the cells that are done, with their bases; `texts` are the first answers."""
    done = [spec for spec in specs if spec.folder.done.is_file()]
    bases = {spec.name: spec.untuned for spec in done}
    names = [*dict.fromkeys(bases.values()), *bases]
    folder = specs[0].folder.path.parent
    strength = {name: 0.1 * place for place, name in enumerate(names)}
    for name in names:
        answer_texts = [
            *(texts or []),
            *[_write_answer(name, number) for number in range(questions - len(texts or []))],
        ]
        answers = [
            Answer(f"iio/q{number}", "iio", name, f"How is CWE-{number} prevented?", text, 20, 30, "end", "made")
            for number, text in enumerate(answer_texts)
        ]
        lines = [json.dumps(vars(answer)) + "\n" for answer in answers]
        write_text(folder / name / "answers.jsonl", "".join(lines))
    battles = _draw_battles(names, strength, questions=8)
    write_text(folder / "battles.jsonl", "".join(json.dumps(one) + "\n" for one in battles))
    for name in names:
        write_json(folder / name / "exam.json", _build_exam(len(name)))
        write_json(folder / name / "held_out.json", _build_held_out_losses(len(name)))
    rows = (Row(place, one) for place, one in enumerate(battles, start=1))
    ratings = compute_ratings(parse_battles(rows, source="made"), reference=None, rounds=100, seed=0)
    measures = [
        build_measure(f"loss {data}", f"loss, {data}", "less", _draw_scores(names, strength, -1), bases)
        for data in ("iio", "turn")
    ]
    measures += [build_measure("exam", "exam, share right", "more", _draw_shares(names, strength), bases, 0.25)]
    measures += [build_measure("refuses harmful", "refuses harmful requests", "more", _draw_shares(names, {}), bases)]
    verdict = build_verdict(
        "made", measures, bases, decide_by="loss iio", ratings=ratings,
        judge={"name": "reference", "battles": len(battles), "skipped": {}}, notes=["not trained: four"], seed=0,
    ).to_json()  # fmt: skip
    write_json(folder / "verdict.json", verdict)
    return verdict


def _draw_loss(place: int, step: int, draw: random.Random) -> float:
    return 1.2 + 0.03 * place + 2.2 / (1 + step / (40 + 3 * place)) + draw.gauss(0, 0.04)


def _build_log(name: str, ending: str) -> str:
    log = f"[2026-01-01 00:00:00,000][hackmentor.train.fit_cell][INFO] - {name}: 400 records\n"
    if ending == "failed":
        log += "[2026-01-01 00:01:00,000][hackmentor.train.__main__][ERROR] - the cell failed\n"
        log += f"Traceback (most recent call last):\n  File <x>\n{FAILURE}\n"
    if ending == "stopped":
        log += "[2026-01-01 00:01:00,000][hackmentor.train.__main__][ERROR] - stopped by SIGTERM; saved\n"
    return log


def _build_data_card() -> dict[str, Any]:
    return {
        "sources": ["cwe", "attack"], "upstream_versions": {"cwe": "4.15"}, "licences": {"cwe": "CWE Terms of Use"},
        "files": {"train.jsonl": "ab" * 32, "eval.jsonl": "cd" * 32},
    }  # fmt: skip


def build_card(untuned: str, place: int) -> dict[str, Any]:
    """The card.json of a cell that is done, the cells of a grid numbered by `place`."""
    return {
        "base": {
            "name": untuned, "hub_id": f"hub/{untuned}", "revision": "0" * 40, "licence": "Apache-2.0",
            "sha256": f"{place:064x}", "quant": "int8",
        },
        "data": {
            "name": "iio", "licences": {"cwe": "CWE Terms of Use"},
            "sha256": {"train.jsonl": "ab" * 32, "eval.jsonl": "cd" * 32}, "records": 400, "tokens": 90000,
            "trained_tokens": 50000, "dropped": {"over the cutoff": 3}, "truncated_ids": [],
        },
        "adapter": {"sha256": f"{place + 99:064x}", "trainable_parameters": 4_000_000},
        "figures": {"val_loss": 1.3 + 0.02 * place, "steps": 600, "wall_seconds": 3720.5, "peak_memory_mb": 18_400},
        "seed": 0,
        "versions": {"hackmentor": "0.1.0", "torch": "2.13.0"},
    }  # fmt: skip


def _write_answer(name: str, number: int) -> str:
    words = _ANSWER.split()
    random.Random(f"{name}{number}").shuffle(words[3:])
    return " ".join(words[: 6 + len(name) % 9]) + f" That is what {name} says of CWE-{number}."


def _build_exam(right: int) -> dict[str, Any]:
    score = {"accuracy": right / 40, "standard_error": 0.1, "n": 40}
    categories = {"weaknesses": score, "mitigations": score}
    task = {"task": "hackmentor_exam", "metric": "acc_norm", "chance": 0.25, "categories": categories}
    return {"tasks": [task | {"score": score, "answers": []}]}


def _build_held_out_losses(size: int) -> dict[str, Any]:
    records = [{"id": "CWE-1", "nats": 30.0, "tokens": 10}]
    figures = {"loss": size / 10, "perplexity": np.exp(size / 10), "records": records, "truncated": []}
    return {"shapes": {"iio": figures, "turn": figures | {"truncated": ["CWE-1"]}}}


def _draw_battles(names: list[str], strength: dict[str, float], *, questions: int) -> list[dict[str, Any]]:
    draw = np.random.default_rng(0)
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    return [
        {
            "question_id": f"iio/q{number}",
            "model_a": a,
            "model_b": b,
            "win": _draw_winner(strength[a] - strength[b], draw),
            "judge": "reference",
            "reason": f"made: closer to the reference on q{number}",
        }
        for a, b in pairs
        for number in range(questions)
    ]


def _draw_winner(ahead: float, draw: np.random.Generator) -> str:
    if draw.random() < 0.25:
        return "tie"
    return "model_a" if draw.random() < 1 / (1 + np.exp(-ahead)) else "model_b"


def _draw_scores(names: list[str], strength: dict[str, float], sign: int) -> dict[str, ItemScores]:
    draw = np.random.default_rng(1)
    return {
        name: ItemScores(
            {f"q{at}": (30 * (3.2 + 0.2 * sign * strength[name] + draw.normal(0, 0.4)), 30.0) for at in range(40)}
        )
        for name in names
    }


def _draw_shares(names: list[str], strength: dict[str, float]) -> dict[str, ItemScores]:
    draw = np.random.default_rng(2)
    return {
        name: ItemScores(
            {f"q{at}": (float(draw.random() < 0.3 + 0.1 * strength.get(name, 1)), 1.0) for at in range(60)}
        )
        for name in names
    }
