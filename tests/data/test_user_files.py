"""A user's own files as a source."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import data_scale
from hackmentor.data.build import build_dataset, is_current
from hackmentor.data.card_table import print_card
from hackmentor.data.sources.documents import load_documents
from hackmentor.data.sources.user_files import sort_user_files
from hackmentor.records.dataset_card import CountedIds, DatasetCard, read_dataset_card
from hackmentor.records.record import Record, format_json_line, read_records
from hackmentor.runtime.errors import UserError


def write(path: Path, items: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    elif path.suffix == ".json":
        path.write_text(json.dumps(items), encoding="utf-8")
    else:
        from datasets import Dataset

        Dataset.from_list(items).to_parquet(str(path))
    return path


def texts(number: int) -> tuple[str, str]:
    made = data_scale.record(number)
    return made["instruction"], made["output"]


def alpaca(number: int) -> Any:
    return data_scale.record(number)


def nested(number: int) -> Any:
    question, first = texts(number)
    parts = [{"input": "", "output": first}, {"input": "Of this?", "output": texts(number + 10_000)[1]}]
    return {"instruction": question, "instances": parts}


def sharegpt(number: int) -> Any:
    question, answer = texts(number)
    return {"conversations": [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]}


def objects(number: int) -> Any:
    question, answer = texts(number)
    return [{"user": question, "assistant": answer}]


def openai(number: int) -> Any:
    question, answer = texts(number)
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def everything(directory: Path) -> list[Record]:
    return [*read_records(directory / "train.jsonl"), *read_records(directory / "eval.jsonl")]


@pytest.fixture
def build(tmp_path: Path, recipe: Any) -> Any:
    """Builds a data set from some sources; gives its card and its records."""

    def run(shape: str, *sources: Path, **changes: Any) -> tuple[DatasetCard, list[Record]]:
        made = recipe(shape, sources=[str(source) for source in sources], **({"eval_fraction": 0.3} | changes))
        return build_dataset(made, tmp_path / "data" / shape), everything(tmp_path / "data" / shape)

    return run


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".parquet"])
@pytest.mark.parametrize(
    ("make", "shape", "each"), [(alpaca, "iio", 1), (nested, "iio", 2), (sharegpt, "turn", 1), (openai, "turn", 1)]
)
def test_every_shape_is_a_source(tmp_path: Path, build: Any, suffix: str, make: Any, shape: str, each: int) -> None:
    path = write(tmp_path / f"mine{suffix}", [make(number) for number in range(40)])
    card, records = build(shape, path, licence="CC0-1.0")
    assert card.train.total + card.eval.total == len(records) == 40 * each
    assert card.dropped == card.repaired == {}
    assert {record.licence for record in records} == {"CC0-1.0"}
    assert {record.source for record in records} == set(card.sources) == {f"file:mine{suffix}"}
    assert card.licences == {f"file:mine{suffix}": "CC0-1.0"}


def test_a_folder_is_one_source(tmp_path: Path, build: Any) -> None:
    write(tmp_path / "mine" / "a.jsonl", [alpaca(number) for number in range(20)])
    write(tmp_path / "mine" / "deeper" / "a.json", [nested(number) for number in range(100, 120)])
    write(tmp_path / "mine" / ".hidden" / "b.jsonl", ["not read"])
    card, records = build("iio", tmp_path / "mine")
    assert (card.sources, len(records)) == (["file:mine"], 60)
    assert {"file:mine/a.jsonl:7", "file:mine/deeper/a.json:1#2"} <= {record.id for record in records}
    assert {record.licence for record in records} == {"unstated"}


def test_our_own_records_keep_where_they_come_from(tmp_path: Path, build: Any, iio: Any) -> None:
    given = [
        iio(n, instruction=texts(n)[0], output=texts(n)[1], upstream_id=f"T{1000 + n // 3}.00{n % 3}")
        for n in range(60)
    ]
    path = tmp_path / "records.jsonl"
    path.write_text("".join(f"{format_json_line(record)}\n" for record in given), encoding="utf-8")
    card, records = build("iio", path, licence="not that of the records")
    assert sorted(records, key=lambda record: record.id) == sorted(given, key=lambda record: record.id)
    assert sum(card.train.by_source.values()) + sum(card.eval.by_source.values()) == 60
    assert card.train.by_source.keys() == {"cwe"}
    sides = [read_records(tmp_path / "data" / "iio" / name) for name in ("train.jsonl", "eval.jsonl")]
    techniques = [{record.upstream_id.partition(".")[0] for record in side} for side in sides]
    assert techniques[0].isdisjoint(techniques[1])


def test_records_of_the_other_shape_are_counted(tmp_path: Path, build: Any) -> None:
    items = [alpaca(number) for number in range(30)] + [objects(number) for number in range(30, 35)]
    path = write(tmp_path / "mine.jsonl", items)
    card, records = build("iio", path)
    assert len(records) == 30
    ids = tuple(f"file:mine.jsonl/mine.jsonl:{line}" for line in range(31, 36))
    assert card.dropped == {"file:mine.jsonl: of shape turn, not iio": CountedIds(5, ids)}
    with pytest.raises(UserError, match=r"no training records for turn.* 30 file:other\.jsonl: of shape iio, not turn"):
        build("turn", write(tmp_path / "other.jsonl", items[:30]))


def test_what_was_mended_or_rejected_is_on_the_card(
    tmp_path: Path, build: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    items = [objects(number) for number in range(30)]
    for item in items:
        item[0]["user"] = f"[/b] :smile: What? {item[0]['user']}"
    path = write(tmp_path / "mine.jsonl", [*items, [*objects(31), {"user": "And then?"}], [{"user": "Alone"}]])
    card, records = build("turn", path)
    assert len(records) == 31
    assert card.repaired == {"file:mine.jsonl: unanswered last question dropped": CountedIds(1, ("mine.jsonl:31",))}
    assert card.dropped == {"file:mine.jsonl: no question with an answer": CountedIds(1, ("mine.jsonl:32",))}
    assert read_dataset_card(tmp_path / "data" / "turn" / "card.json") == card
    print_card(card, Path("data/turn"), build_time="1.0 s (gather 1.0)")
    printed = capsys.readouterr().out
    assert "repaired, file:mine.jsonl: unanswered last question dropped" in printed
    assert "dialogue templates" in printed
    assert "most common opening: '[/b] :smile: what?'" in printed
    assert "built in 1.0 s" in printed


def test_a_bad_line_is_refused_or_counted(tmp_path: Path, build: Any) -> None:
    path = write(tmp_path / "mine.jsonl", [alpaca(number) for number in range(30)])
    with path.open("a") as lines:
        lines.write('{"question": "no shape"}\n')
    with pytest.raises(UserError, match=r"mine\.jsonl, line 31: no known shape"):
        build("iio", path)
    # Nothing is left: neither buffered records nor half a dataset.
    assert [left for left in (tmp_path / "data").rglob("*") if left.is_file()] == []
    card, records = build("iio", path, skip_bad=True)
    assert len(records) == 30
    assert card.dropped["file:mine.jsonl: bad item"].count == 1


def test_the_instances_of_one_instruction_stay_together(tmp_path: Path, build: Any) -> None:
    build("iio", write(tmp_path / "mine.jsonl", [nested(number) for number in range(40)]))
    sides = [read_records(tmp_path / "data" / "iio" / name) for name in ("train.jsonl", "eval.jsonl")]
    questions = [{record.instruction for record in side} for side in sides]
    assert questions[0].isdisjoint(questions[1])


def test_a_changed_file_is_built_again_and_a_moved_one_is_not(tmp_path: Path, recipe: Any) -> None:
    path = write(tmp_path / "mine.jsonl", [alpaca(number) for number in range(40)])
    plain, folder = recipe("iio", sources=[str(path)], eval_fraction=0.3), tmp_path / "data" / "iio"
    build_dataset(plain, folder)
    assert is_current(plain, folder)
    assert not is_current(replace(plain, licence="MIT"), folder)
    moved = write(tmp_path / "elsewhere" / "mine.jsonl", [alpaca(number) for number in range(40)])
    assert is_current(replace(plain, sources=[str(moved)]), folder)
    write(path, [alpaca(number) for number in range(41)])
    assert not is_current(plain, folder)
    path.unlink()
    with pytest.raises(UserError, match=r"there is no such file or folder"):
        is_current(plain, folder)


def test_own_files_beside_a_catalogue(tmp_path: Path, build: Any, recipe: Any) -> None:
    path = write(tmp_path / "mine.jsonl", [alpaca(number) for number in range(40)])
    made = recipe("iio", sources=["seeds", str(path)], eval_fraction=0.3)
    card = build_dataset(made, tmp_path / "both")
    assert card.sources == ["seeds", "file:mine.jsonl"]
    assert card.train.by_source["file:mine.jsonl"] + card.eval.by_source["file:mine.jsonl"] == 40


@pytest.mark.parametrize(
    ("files", "sources", "reason"),
    [
        ({}, ["nowhere.jsonl"], "there is no such file or folder"),
        ({"a/x.jsonl": alpaca(1), "b/x.jsonl": alpaca(2)}, ["a/x.jsonl", "b/x.jsonl"], "two of them are called x"),
        ({"a/x.jsonl": alpaca(1), "a/y.jsonl": {"text": "A document."}}, ["a"], "holds both ready-made records"),
    ],
)
def test_sources_that_cannot_be_used_are_named(
    tmp_path: Path, recipe: Any, files: dict[str, Any], sources: list[str], reason: str
) -> None:
    for name, item in files.items():
        write(tmp_path / name, [item])
    paths = [str(tmp_path / source) for source in sources]
    with pytest.raises(UserError, match=reason):
        build_dataset(recipe("iio", sources=paths), tmp_path / "data" / "iio")
    assert not (tmp_path / "data").exists()


def test_documents_are_told_from_records(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("# Notes")
    (tmp_path / "bundle.json").write_text('{"objects": [], "id": "bundle--1", "type": "bundle"}')
    found = {
        "text": sort_user_files(write(tmp_path / "t.jsonl", [{"text": "A report.", "title": "x"}])),
        "folder": sort_user_files(tmp_path / "notes"),
        "stix": sort_user_files(tmp_path / "bundle.json"),
        "alpaca": sort_user_files(write(tmp_path / "a.json", [alpaca(1)])),
        "both": sort_user_files(write(tmp_path / "b.jsonl", [alpaca(1) | {"text": "joined"}])),
        "objects": sort_user_files(write(tmp_path / "c.jsonl", [objects(1)])),
    }
    documents = {name for name, kind in found.items() if kind.kind == "documents"}
    assert documents == {"text", "folder", "stix"}


CHINESE = [
    {"instruction": f"主机 {n} 上发现钓鱼邮件，应当如何处置？", "output": f"先隔离主机 {n}，保留证据，再通知值班人员。"}
    for n in range(12)
]
GERMAN = [
    {
        "instruction": f"Was tun wir bei Vorfall {n} auf Rechner {n * 7}?",
        "output": f"Wir trennen den Rechner {n * 7} vom Netz, sichern die Spuren von Vorfall {n} und rufen den Dienst.",
    }
    for n in range(12)
]
YES_NO = [{"instruction": f"Is port {20 + n} open on host {n * n}?", "output": ("yes", "no")[n % 2]} for n in range(12)]
CWE_IDS = [{"instruction": f"Which CWE is case {n}?", "input": f"Flaw {n}.", "output": f"CWE-{n}"} for n in range(12)]
LONG = [
    {"instruction": f"Sum up log {n}.", "output": " ".join(f"{n}-{line}" for line in range(6_000))} for n in range(12)
]


@pytest.mark.parametrize("items", [CHINESE, GERMAN, YES_NO, CWE_IDS, LONG], ids=["zh", "de", "yes", "cwe", "long"])
def test_ready_made_records_are_used_whole(tmp_path: Path, build: Any, items: list[Any]) -> None:
    path = write(tmp_path / "mine.jsonl", items)
    card, records = build("iio", path)
    assert (len(records), card.dropped) == (12, {})


def test_filters_can_be_asked_for(tmp_path: Path, build: Any) -> None:
    items = [alpaca(number) for number in range(20)]
    path = write(tmp_path / "mine.jsonl", [*items, *CHINESE])
    card, records = build("iio", path, filters="all")
    reasons = {reason.partition(": ")[2] for reason in card.dropped}
    assert (len(records), reasons) == (20, {"an answer of fewer than 3 words"})
    near = [{"instruction": "Is this line bad? " + "word " * 60 + str(n), "output": "yes"} for n in range(12)]
    path = write(tmp_path / "near.jsonl", near)
    card, records = build("iio", path, filters="none")
    assert (len(records), card.dropped) == (12, {})
    with pytest.raises(UserError, match=r"data\.filters=none keeps such records"):
        build("iio", path)


@pytest.mark.parametrize("seed", range(8))
def test_a_dozen_records_always_hold_one_out(tmp_path: Path, recipe: Any, seed: int) -> None:
    path = write(tmp_path / "mine.jsonl", [alpaca(number) for number in range(12)])
    card = build_dataset(recipe("iio", sources=[str(path)], seed=seed), tmp_path / "data" / "iio")
    assert (card.train.total + card.eval.total, card.eval.total > 0) == (12, True)


def test_a_single_record_can_not_be_on_both_sides(tmp_path: Path, build: Any) -> None:
    with pytest.raises(UserError, match=r"no evaluation records for iio.*Records of one entry stay on one side"):
        build("iio", write(tmp_path / "mine.json", [alpaca(1)]))


def test_files_for_training_and_testing_stay_apart(tmp_path: Path, build: Any) -> None:
    write(tmp_path / "mine" / "train.jsonl", [alpaca(number) for number in range(20)])
    write(tmp_path / "mine" / "test.jsonl", [alpaca(number) for number in range(100, 106)])
    card, _ = build("iio", tmp_path / "mine")
    sides = [read_records(tmp_path / "data" / "iio" / name) for name in ("train.jsonl", "eval.jsonl")]
    files = [{record.id.partition("/")[2].partition(":")[0] for record in side} for side in sides]
    assert files == [{"train.jsonl"}, {"test.jsonl"}]
    assert card.repaired == {"file:mine: file held out as its name says": CountedIds(1, ("test.jsonl",))}


@pytest.mark.parametrize("words", [("train", "test"), ("training", " Validation "), ("TRAIN", "dev")])
def test_a_split_column_keeps_its_rows_apart(tmp_path: Path, build: Any, words: tuple[str, str]) -> None:
    rows = [alpaca(number) | {"split": words[number % 5 == 0]} for number in range(60)]
    rows += [alpaca(60) | {"split": "unknown"}]
    card, _ = build("iio", write(tmp_path / "mine.jsonl", rows))
    sides = [read_records(tmp_path / "data" / "iio" / name) for name in ("train.jsonl", "eval.jsonl")]
    numbers = [{int(record.id.rpartition(":")[2]) - 1 for record in side} - {60} for side in sides]
    assert [{number % 5 == 0 for number in side} for side in numbers] == [{False}, {True}]
    assert card.repaired["file:mine.jsonl: held out as its column 'split' says"].count == 12
    assert card.unread == {}


def test_a_split_column_of_one_word_decides_nothing(tmp_path: Path, build: Any) -> None:
    rows = [alpaca(number) | {"split": "train"} for number in range(40)]
    card, _ = build("iio", write(tmp_path / "mine.jsonl", rows))
    assert card.eval.total > 0
    assert card.unread == {"file:mine.jsonl: 'split'": 40}


def test_passages_of_which_no_question_can_be_made_are_counted(tmp_path: Path, build: Any) -> None:
    words = "Take alarm {0} as one of class {0}: part the host from the network, keep its disk, then call the desk."
    texts_alone = [
        {"text": f"What is done about alarm {number}?\n\n{words.format(number)} It answers within the hour."}
        for number in range(12)
    ]
    path = write(tmp_path / "texts.json", texts_alone)
    with pytest.raises(UserError, match=r"Left out: 12 documents:texts\.json: passage that no question can be made of"):
        build("iio", path)
    page = tmp_path / "cases.md"
    page.write_text("\n\n".join(f"# Alarm {number}\n\n{row['text']}" for number, row in enumerate(texts_alone)))
    card, records = build("iio", page)
    asked = {record.upstream_id for record in records}
    assert len(asked) == 12 - sum(noted.count for reason, noted in card.dropped.items() if "anything" in reason) > 0


PAGE = "# Reporting\n\n" + "Forward the message to the desk and do not answer it, whoever sent it to you. " * 3
PAGE += "\n\n# Passwords\n\n" + "Use the password manager for every account of the company and its partners. " * 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"name": "handbook", "version": "1"}', "JSON that is no STIX bundle"),
        ('{"docs": [', "JSON that does not parse"),
        ('{"dataType": "CVE_RECORD", "cveMetadata": {}}', "a CVE record (CVE JSON 5), which can't be read yet"),
    ],
)
def test_foreign_json_beside_documents_is_counted(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "handbook.md").write_text(PAGE)
    (tmp_path / "mine" / "other.json").write_text(content)
    assert sort_user_files(tmp_path / "mine").kind == "documents"
    assert load_documents(tmp_path / "mine").left_out[reason] == ["other.json"]


def test_stix_in_every_wrapping(tmp_path: Path) -> None:
    tool = {"type": "tool", "id": "tool--00000000-0000-4000-8000-000000000001", "name": "Crowbar"}
    bundle = {"type": "bundle", "id": "bundle--1", "objects": [tool]}
    wrappings = {"a": bundle, "b": {"more": False, "objects": [tool]}, "c": [tool], "d": [bundle]}
    for name, content in wrappings.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(content))
        assert sort_user_files(path).kind == "documents"
        assert [entry.upstream_id for entry in load_documents(path).entries] == [tool["id"]]
    lines = write(tmp_path / "e.jsonl", [tool])
    assert sort_user_files(lines).kind == "documents"
    assert len(load_documents(lines).entries) == 1


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".parquet"])
def test_texts_are_documents_in_every_form(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"mine{suffix}", [{"text": PAGE.replace("# ", ""), "title": "Handbook"}])
    assert sort_user_files(path).kind == "documents"
    assert load_documents(path).entries


def test_rendered_chats_are_dialogues_not_documents(tmp_path: Path, build: Any) -> None:
    items = [{"text": "### Human: {}### Assistant: {}".format(*texts(number))} for number in range(30)]
    path = write(tmp_path / "mine.jsonl", items)
    _, records = build("turn", path)
    assert (len(records), {record.shape for record in records}) == (30, {"turn"})
    with pytest.raises(UserError, match="data=turn takes those of shape turn"):
        build("iio", path)


def test_unread_keys_stand_in_the_card_and_the_table(
    tmp_path: Path, build: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    path = write(tmp_path / "mine.jsonl", [openai(number) | {"prefix": "x", "id": number} for number in range(1, 31)])
    card, _ = build("turn", path)
    assert card.unread == {"file:mine.jsonl: 'prefix'": 30}
    assert read_dataset_card(tmp_path / "data" / "turn" / "card.json") == card
    print_card(card, Path("data/turn"), build_time="")
    assert "not read, file:mine.jsonl: 'prefix'" in capsys.readouterr().out


def test_planted_duplicates_are_found_among_twenty_thousand(tmp_path: Path, build: Any) -> None:
    path = tmp_path / "synthetic.jsonl"
    planted = data_scale.write(path, 20_000)
    card, records = build("iio", path, eval_fraction=0.1)
    by_reason = {reason: noted.count for reason, noted in card.dropped.items()}
    exact = by_reason["train: exact duplicate"] + by_reason["eval: exact duplicate"]
    near = by_reason["train: near-duplicate"] + by_reason["eval: near-duplicate"]
    assert (planted["exact"], exact) == (1_000, 1_000)
    assert planted["near"] == 1_000
    assert 970 <= near <= 1_000
    assert data_scale.unplanted(tmp_path / "data" / "iio" / "left_out.jsonl") == 0
    assert len(records) == 20_000 - exact - near
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["iio"]
