"""How large the review page of 40 cells is, and how soon Chromium shows it.

    python -m benchmarks.review_page [--rounds 5]

Opens the page from a file, each time with an empty cache, on a screen as large as a desk's and as a phone's:
milliseconds until the first text is painted, until the page can be used and is painted again, and until all charts are
drawn, each of which otherwise waits until it is met. The processor time of the page's thread for all that tells more
where others use the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from hackmentor.review.experiment import read_experiment
from hackmentor.review.page import render_page
from tests.review import synthetic_grid

SCREENS = {"desk": (1280, 900), "phone": (390, 844)}
RESULTS = Path(__file__).with_name("results") / "review_page.json"
PAINTED = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
MEASURE = f"""async () => {{
  {PAINTED}
  const opened = performance.now(), first = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  Object.keys(CHARTS).forEach(meet);
  {PAINTED}
  return {{ first_paint: first, opened, all_charts: performance.now() }};
}}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        page, figures = _page(Path(folder))
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        figures |= {"chromium": chromium.version, "rounds": rounds}
        for screen, size in SCREENS.items():
            figures[screen] = _medians([_open(chromium, page, *size) for _ in range(rounds)])
    figures |= {"machine": f"{os.cpu_count()} cores, {platform.machine()}", "load_average": os.getloadavg()[0]}
    print(json.dumps(figures, indent=2))
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _page(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The page of 40 cells of 600 steps, 36 of them evaluated, and what it took to write it."""
    specs = synthetic_grid.build_specs(folder / "outputs", folder / "data")
    synthetic_grid.write_training_files(specs)
    synthetic_grid.write_evaluation_files(specs)
    begun = time.perf_counter()
    text = render_page(read_experiment("made", specs, folder / "outputs" / "made"))
    seconds = time.perf_counter() - begun
    page = folder / "review.html"
    page.write_text(text, encoding="utf-8")
    return page, {"cells": len(specs), "megabytes": round(page.stat().st_size / 1e6, 2), "written_s": round(seconds, 2)}


def _open(chromium: Browser, page: Path, width: int, height: int) -> dict[str, float]:
    context = chromium.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    devtools = context.new_cdp_session(opened)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    opened.goto(page.as_uri())
    measured: dict[str, float] = opened.evaluate(MEASURE)
    metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    context.close()
    return measured | {"all_charts_processor": 1000 * metrics["TaskDuration"]}


def _medians(runs: list[dict[str, float]]) -> dict[str, str]:
    """Of each figure in milliseconds the median, and the lowest and highest."""
    told = {}
    for key in runs[0]:
        values = [run[key] for run in runs]
        told[f"{key}_ms"] = f"{median(values):.0f} ({min(values):.0f} to {max(values):.0f})"
    return told


if __name__ == "__main__":
    main()
