"""Whether the verdict says what it claims, on made data whose truth is known: 1,000 draws of each case.

    python -m benchmarks.verdict_simulation        # prints, and writes results/verdict_simulation.md and .json

The draws go through the verdict's own code. Items come in clusters of 4.4 on average, as the held-out records of the
catalogues do, and those of one cluster are alike: some suit the cell, some its base.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from benchmarks.simulated_items import (
    CLUSTER_SIZE,
    RUNS_DIFFERENCE,
    Case,
    Generator,
    Population,
    build_scores,
    draw_battles,
    draw_clusters,
    draw_differing,
    draw_runs,
    name_clusters,
)
from hackmentor.evaluate.ratings.ratings_summary import compute_ratings
from hackmentor.evaluate.verdict.compare_scores import compare_runs, compare_scores
from hackmentor.evaluate.verdict.findings import compare_with_bases
from hackmentor.evaluate.verdict.measure import build_measure
from hackmentor.evaluate.verdict.power import PowerAssumptions, find_smallest_difference
from hackmentor.runtime.files import write_json, write_text

DRAWS = 1000
RESULTS = Path(__file__).parent / "results" / "verdict_simulation"


def count_share(draws: int, seed: int, holds: Callable[[Generator], bool]) -> float:
    """The share of draws in which it holds."""
    return sum(holds(np.random.default_rng([seed, number])) for number in range(draws)) / draws


def simulate_shares(draws: int) -> Iterator[Case]:
    """The interval of a difference of two shares holds the truth."""
    population = Population(gain=0.4, loss=0.3)
    for items, size in ((200, 1.0), (480, CLUSTER_SIZE), (2500, CLUSTER_SIZE)):

        def holds(generator: Generator, items: int = items, size: float = size) -> bool:
            clusters = draw_clusters(generator, items, size)
            own, base = map(build_scores, population.draw(generator, clusters))
            found = compare_scores(own, base, name_clusters(clusters), seed=0)
            return found.low <= population.difference <= found.high

        label = "independent items" if size == 1 else f"items in clusters of {size}"
        yield Case(
            f"95 % interval of a share's difference, {items} {label}",
            "95 %",
            count_share(draws, items, holds),
            0.93,
            0.97,
        )


def simulate_losses(draws: int) -> Iterator[Case]:
    """The interval of a difference of two losses holds the truth; records weigh as many as their tokens."""
    for records in (50, 200):

        def holds(generator: Generator, records: int = records) -> bool:
            clusters = draw_clusters(generator, records)
            tokens = 20.0 + generator.poisson(generator.choice([20.0, 200.0], size=records))
            by_cluster = generator.normal(-0.1, 0.3, size=clusters.max() + 1)[clusters]
            own = tokens * (2 + by_cluster + generator.normal(0, 0.3, size=records))
            scores = build_scores(own, tokens), build_scores(2 * tokens, tokens)
            found = compare_scores(*scores, name_clusters(clusters), seed=0)
            return found.low <= -0.1 <= found.high

        what = f"95 % interval of a loss's difference, {records} records in clusters of {CLUSTER_SIZE}"
        yield Case(what, "95 %", count_share(draws, records, holds), 0.93, 0.97)


def simulate_seeds(draws: int) -> Iterator[Case]:
    """The interval of a configuration's difference holds the truth, over all that seeds and items could be."""
    for runs, spread in ((3, 0.0), (3, 0.01), (3, 0.03), (5, 0.0), (5, 0.03)):

        def holds(generator: Generator, runs: int = runs, spread: float = spread) -> bool:
            clusters = draw_clusters(generator, 480)
            pairs = draw_runs(generator, clusters, runs, spread)
            found = compare_runs(pairs, name_clusters(clusters), seed=0)
            return found.low <= RUNS_DIFFERENCE <= found.high

        told = (
            f"{runs} seeds, standard deviation {100 * spread:g} points" if spread else f"{runs} seeds without variance"
        )
        what = f"95 % interval over seeds and items: {told}, 480 items in clusters of {CLUSTER_SIZE}"
        yield Case(what, "95 %", count_share(draws, runs, holds), 0.93, 0.97)

    def is_shown_in_clusters(generator: Generator) -> bool:
        clusters = draw_clusters(generator, 480)
        pairs = draw_runs(generator, clusters, 3, 0.02, gain=0.3, loss=0.3)
        return compare_runs(pairs, name_clusters(clusters), seed=0).p < 0.05

    what = (
        f"no effect called a difference: 3 seeds, standard deviation 2 points, 480 items in clusters of {CLUSTER_SIZE}"
    )
    # A share of 5 % is found as up to 6.4 % in 1,000 draws, with 97.5 % probability.
    yield Case(what, "5 %", count_share(draws, 9, is_shown_in_clusters), 0.0, 0.064)


def simulate_equivalence(draws: int) -> Iterator[Case]:
    """A cell that is its base's equal is called so; one that is worse by the margin is not called "not worse"."""
    margin = 0.03
    for difference, label, low, high in ((0.0, "a true zero", 0.85, 1.0), (-margin, "worse by 3 points", 0.0, 0.06)):

        def is_within(generator: Generator, difference: float = difference) -> bool:
            own, base = draw_differing(generator, 2500, 0.1 + difference / 2, 0.1 - difference / 2)
            scores = {"cell": build_scores(own), "base": build_scores(base)}
            measure = build_measure("general", "general", "more", scores, BASES)
            (finding,) = compare_with_bases(replace(measure, margin=margin), BASES, seed=0)
            return finding.within if difference == 0 else finding.outcome == "not worse"

        called = '"within ±3 points"' if difference == 0 else '"not worse by 3 points"'
        claimed = "at least 85 %" if difference == 0 else "at most 5 %"
        what = f"{label}, 2,500 items of which a fifth differ, called {called}"
        yield Case(what, claimed, count_share(draws, 1, is_within), low, high)


def simulate_no_effect(draws: int) -> Iterator[Case]:
    """Of 12 cells that are their base's equals, is any called better?"""
    population, cells = Population(gain=0.3, loss=0.3), [f"cell {number}" for number in range(12)]
    bases = dict.fromkeys(cells, "base")

    def is_any_better(generator: Generator) -> bool:
        clusters = draw_clusters(generator, 480)
        pairs = [population.draw(generator, clusters) for _ in cells]
        # Each cell against a base of its own: their errors are independent, which is the worst case for Holm.
        scores = {cell: build_scores(own) for cell, (own, _) in zip(cells, pairs, strict=True)}
        measure = build_measure("exam", "exam", "more", scores, {}, clusters=name_clusters(clusters))
        against = {cell: (scores[cell], build_scores(base)) for cell, (_, base) in zip(cells, pairs, strict=True)}
        findings = compare_with_bases(replace(measure, pairs=against), bases, seed=0)
        return any(finding.outcome == "better" for finding in findings)

    yield Case(
        f"any of 12 cells without an effect called better, 480 items in clusters of {CLUSTER_SIZE}",
        "at most 5 %", count_share(draws, 12, is_any_better), 0.0, 0.05,
    )  # fmt: skip


def simulate_power(draws: int) -> Iterator[Case]:
    """The difference that is called the smallest with 80 % power is shown in 80 % of draws."""
    assumed = PowerAssumptions()
    for items in (36, 200, 480, 2500):
        smallest = find_smallest_difference(items, assumed) or 1.0
        gained = (max(assumed.disagreement, smallest) + smallest) / 2

        def is_shown(
            generator: Generator, items: int = items, gained: float = gained, smallest: float = smallest
        ) -> bool:
            own, base = draw_differing(generator, items, gained, gained - smallest)
            scores = {"cell": build_scores(own), "base": build_scores(base)}
            (finding,) = compare_with_bases(build_measure("m", "m", "more", scores, BASES), BASES, seed=0)
            return finding.outcome == "better"

        what = f"a true difference of {100 * smallest:.1f} points shown, {items:,} items"
        yield Case(what, "80 % power", count_share(draws, items, is_shown), 0.77, 0.83)


BASES = {"cell": "base"}


def simulate_length(draws: int) -> Iterator[Case]:
    """A judge that prefers the longer of two equally good answers moves the raw rating, not that at equal length."""
    questions = 200

    def leaves_zero(generator: Generator, longer: float, better: float) -> tuple[bool, bool]:
        """Whether the raw interval of cell against base leaves out zero, and whether that at equal length does."""
        battles = draw_battles(generator, questions, longer, better)
        rated = compute_ratings(battles, reference=None, rounds=200, seed=0, bases=BASES)
        (found,) = rated["length_control"]["compared"]
        raw, equal = found["raw"], found["controlled"]
        return not raw["low"] <= 0 <= raw["high"], not equal["low"] <= 0 <= equal["high"]

    told = f"{questions} battles, a judge that prefers the longer answer"
    moved = [leaves_zero(np.random.default_rng([0, number]), 0.4, 0.0) for number in range(draws)]
    yield Case(f"raw rating off zero: {told}", "mostly", sum(raw for raw, _ in moved) / draws, 0.8, 1.0)
    equal = sum(equal for _, equal in moved) / draws
    yield Case(f"rating at equal length off zero: {told}", "at most 5 %", equal, 0.0, 0.05)
    real = sum(leaves_zero(np.random.default_rng([1, number]), 0.0, 0.8)[1] for number in range(draws)) / draws
    yield Case(f"rating at equal length off zero where the cell is better: {told}", "mostly", real, 0.8, 1.0)


SIMULATIONS: Mapping[str, Callable[[int], Iterator[Case]]] = {
    "shares": simulate_shares,
    "losses": simulate_losses,
    "seeds": simulate_seeds,
    "no effect": simulate_no_effect,
    "equivalence": simulate_equivalence,
    "power": simulate_power,
    "length": simulate_length,
}


def build_table(cases: list[Case], draws: int, seconds: float) -> str:
    rows = [
        f"| {case.what} | {case.claimed} | {case.share:.1%} | {'yes' if case.holds else '**no**'} |" for case in cases
    ]
    about = f"{draws:,} draws each, {seconds:.0f} s, Python {platform.python_version()}."
    return "\n".join(
        [
            "# The verdict, simulated",
            "",
            "| what | claimed | found | holds |",
            "|---|---|---|---|",
            *rows,
            "",
            about,
            "",
        ]
    )


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--only", choices=SIMULATIONS, action="append")
    parser.add_argument("--dry", action="store_true", help="write no results")
    words = parser.parse_args(argv)
    start, cases = time.perf_counter(), list[Case]()
    for name in words.only or SIMULATIONS:
        for case in SIMULATIONS[name](words.draws):
            print(f"{time.perf_counter() - start:5.0f} s  {case.share:6.1%}  {case.what}", flush=True)
            cases.append(case)
    print(table := build_table(cases, words.draws, time.perf_counter() - start))
    if not words.dry:
        write_text(RESULTS.with_suffix(".md"), table)
        told = [asdict(case) | {"holds": case.holds} for case in cases]
        write_json(RESULTS.with_suffix(".json"), {"draws": words.draws, "cases": told})


if __name__ == "__main__":
    main()
