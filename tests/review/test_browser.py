"""The page in a real browser: what can be clicked, hostile texts, and that nothing is asked of any network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hackmentor.review.experiment import read_experiment
from hackmentor.review.page import render_page
from tests.review import synthetic_grid

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")

# The second half keeps Chromium itself from looking for updates and the like.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
TEXTS = [
    "</script><script>document.title = 'owned'</script>",
    "</style></p><img src=x onerror=\"document.title = 'owned'\">",
    "[click](javascript:document.title='owned') <a href=\"javascript:document.title='owned'\">click</a>",
    "x" * 100_000,
    "\u2028\u202e\ud800 &amp; &lt;b&gt; \u0000",
]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    specs = synthetic_grid.build_specs(folder / "outputs", folder / "data")
    synthetic_grid.write_training_files(specs)
    synthetic_grid.write_evaluation_files(specs, texts=TEXTS)
    battles = folder / "outputs" / "made" / "battles.jsonl"
    battles.write_text(battles.read_text().replace("made: closer", json.dumps(f"{TEXTS[1]} made: closer")[1:-1]))
    log = specs[-4].folder.path / "train.log"
    log.write_text(f"{log.read_text()}Error: {TEXTS[0]}\n")
    experiment = read_experiment("made", specs, folder / "outputs" / "made", hourly_price=2)
    (folder / "live.html").write_text(render_page(experiment, live=True), encoding="utf-8")
    (folder / "review.html").write_text(render_page(experiment), encoding="utf-8")
    return folder / "review.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(params=[("light", 1280), ("dark", 390)], ids=["light on a desk", "dark on a phone"])
def page(browser: Any, page_file: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page, opened; afterwards: no error on the console, and no request but for the file itself."""
    scheme, width = request.param
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    opened, messages, requested = context.new_page(), [], []
    opened.on("console", lambda message: messages.append(message.text))
    opened.on("pageerror", lambda error: messages.append(str(error)))
    opened.on("request", lambda sent: requested.append(sent.url))
    opened.goto(page_file.as_uri())
    yield opened
    assert messages == []
    assert {url for url in requested if not url.startswith("data:")} == {page_file.as_uri()}
    assert opened.title() == "made – HackMentor review"
    context.close()


def names(page: Any) -> list[str]:
    return list(page.eval_on_selector_all("#board tbody tr:not([hidden])", "rows => rows.map(row => row.dataset.name)"))


def curves(page: Any) -> int:
    return int(page.evaluate("document.querySelectorAll('#loss-chart .scatterlayer path.js-line').length"))


def meet(page: Any, chart: str) -> None:
    """Scrolls to a chart, which is drawn only then."""
    page.locator(f"#{chart}").scroll_into_view_if_needed()
    page.wait_for_selector(f"#{chart} svg.main-svg")


def test_every_chart_is_drawn_when_it_is_met_and_has_words(page: Any) -> None:
    for chart in ("loss-chart", "grid-chart", "rating-chart", "difference-chart"):
        meet(page, chart)
        assert len(page.get_attribute(f"#{chart}", "aria-label")) > 20
    assert page.locator("#rating-chart .point").count() == 36 + 5
    assert page.locator("#grid-chart .parcats").count() == 1


def test_the_body_does_not_scroll_sideways(page: Any) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_click_or_a_key_on_a_head_sorts(page: Any) -> None:
    key = "rows => rows.map(row => row.cells[5].dataset.sort).filter(Boolean).map(Number)"
    head = page.get_by_role("button", name="loss, iio")
    head.click()
    up = page.eval_on_selector_all("#board tbody tr", key)
    assert up == sorted(up)
    head.press("Enter")
    down = page.eval_on_selector_all("#board tbody tr", key)
    assert down == sorted(up, reverse=True)
    assert page.locator("#board th[aria-sort=descending]").count() == 1
    unsorted = page.eval_on_selector_all("#board tbody tr", "rows => rows.slice(-4).map(r => r.cells[5].dataset.sort)")
    assert unsorted == [""] * 4  # who was not measured is last, whichever way


def test_filters_narrow_the_table_and_the_curves(page: Any) -> None:
    meet(page, "loss-chart")
    assert curves(page) == 5
    page.select_option("#filters select[data-key=base]", "qwen3")
    page.select_option("#filters select[data-key=data]", "turn")
    assert sorted(names(page)) == [
        f"qwen3-{size}-{method}-turn" for size in ("0.6b", "8b") for method in ("full", "lora")
    ]
    page.click("#all")
    assert curves(page) == 4
    page.fill("#find", "8b-lora")
    assert names(page) == ["qwen3-8b-lora-turn"]
    assert page.inner_text("#count") == "1 of 45 shown"
    assert curves(page) == 1


def test_ticks_hide_curves_and_answers(page: Any) -> None:
    meet(page, "loss-chart")
    first = names(page)[0]
    page.uncheck(f"tr[data-name='{first}'] .view")
    assert curves(page) == 4
    assert first not in page.locator("#said h4").all_inner_texts()
    page.click("#none")
    assert curves(page) == 0
    assert "Nobody in view" in page.inner_text("#said")


def test_a_cell_opens_from_the_table(page: Any) -> None:
    page.click("tr[data-name='llama-13b-full-iio'] a")
    cell = page.locator("#cell-llama-13b-full-iio[open]")
    cell.wait_for()
    assert f"Error: {TEXTS[0]}" in cell.inner_text()
    page.goto(page.url.partition("#")[0] + "#cell-llama-7b-lora-turn")
    cell = page.locator("#cell-llama-7b-lora-turn[open]")
    cell.wait_for()
    for text in ("hackmentor train experiment=made base=llama size=7b", "1 h 2 min", "18,400 MB", "ab" * 32):
        assert text in cell.inner_text()


def test_hostile_answers_are_text(page: Any) -> None:
    for place, text in enumerate(TEXTS[:4]):
        page.select_option("#question", str(place))
        shown = page.locator("#said p").first.evaluate("one => one.textContent")
        assert shown.startswith(text[:1200])
    assert page.locator("#said img, #said script, #said a").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_button_changes_the_theme_and_the_charts_follow(page: Any) -> None:
    meet(page, "rating-chart")
    ink = "getComputedStyle(document.querySelector('#rating-chart .ytick text')).fill"
    back = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(f"[{ink}, {back}]")
    page.click("#theme")
    after = page.evaluate(f"[{ink}, {back}]")
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_words_that_another_answer_has_not_are_marked(page: Any) -> None:
    page.select_option("#question", str(len(TEXTS) + 1))
    answer = page.locator("#said article", has=page.locator("h4", has_text=names(page)[0])).first
    assert "llama-13b-lora-mixed" in answer.locator("mark").all_inner_texts()
    page.select_option("#against", "first")
    assert answer.locator("mark").count() == 0
    assert page.locator("#said mark").count() > 0
    page.select_option("#against", "")
    assert page.locator("#said mark").count() == 0


def test_battles_over_the_question_are_shown_with_judge_and_reason(page: Any) -> None:
    rows = page.locator("#fought tbody tr")
    shown = names(page)[:5]
    assert {name for row in rows.all() for name in row.locator("td").all_inner_texts()[:2]} == {*shown, "llama-13b"}
    assert page.locator("#fought img, #fought p").count() == 0
    assert all(f"{TEXTS[1]} made: closer to the reference on q" in row.inner_text() for row in rows.all())
    page.click("#none")
    assert rows.count() == 0
    assert "0 of the 820 battles" in page.inner_text("#fought-count")


def test_everything_is_reached_by_the_tab_key_and_seen_there(page: Any) -> None:
    met = []
    for _ in range(30):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", met[-1]
    wanted = ["to the leaderboard", "theme", "Leaderboard", "find", "all", "none", "name"]
    assert [one for one in met if one in wanted] == wanted


def test_a_page_loaded_anew_keeps_what_was_chosen(page: Any) -> None:
    page.select_option("#filters select[data-key=base]", "qwen3")
    page.get_by_role("button", name="rank").press("Enter")
    page.get_by_role("button", name="rank").press("Enter")
    page.check("tr[data-name='qwen3-8b-lora-turn'] .view")
    page.click("#cell-qwen3-8b-lora-turn summary")
    before = names(page)
    page.reload()
    assert names(page) == before
    assert page.is_checked("tr[data-name='qwen3-8b-lora-turn'] .view")
    assert page.locator("#board th[aria-sort=descending]").inner_text() == "rank"
    assert page.locator("#cell-qwen3-8b-lora-turn[open]").count() == 1


def test_a_live_page_loads_itself_anew_unless_it_is_switched_off(browser: Any, page_file: Path) -> None:
    opened = browser.new_page()
    opened.clock.install()
    opened.goto(page_file.with_name("live.html").as_uri())
    opened.fill("#find", "qwen3")
    with opened.expect_event("load"):
        opened.clock.fast_forward(15_000)
    assert opened.input_value("#find") == "qwen3"
    opened.uncheck("#follow")
    opened.evaluate("window.stayed = true")
    opened.clock.fast_forward(60_000)
    assert opened.evaluate("window.stayed")
    opened.close()
