"""The command as a whole on the tiny model: a guest over HTTP, a judge over HTTP, a kill in the middle."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from hackmentor.cli import main
from hackmentor.evaluate.question import read_user_questions
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import lock_passed_to_child
from tests.endpoint.fake_server import FakeServer, build_reply, refuse, running_fake_server
from tests.grid.forking import Forking

VERDICT = json.dumps({"reason": "so", "winner": "tie"})
JUDGE = ["judge=llm", "judge.model=j", "judge.key_variable=null", "judge.concurrency=2", "judge.timeout_seconds=5"]


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def guest_override(server: FakeServer) -> str:
    return f"evaluate.endpoints=[{{name: guest, base_url: '{server.base_url}', model: g}}]"


def test_a_guest_answers_and_is_rated_with_the_rest(trained: list[str], workplace: Path) -> None:
    with running_fake_server() as server:
        assert main(["evaluate", *trained, guest_override(server)]) == 0
        asked = len(server.questions)
        assert main(["evaluate", *trained, guest_override(server)]) == 0
        assert len(server.questions) == asked == 1 + 3 * 2
    verdict = json.loads((workplace / "outputs/adhoc/verdict.json").read_text())
    assert sorted(verdict["ranking"]) == ["guest", "smollm2-135m", "smollm2-135m-lora-iio"]
    assert "exams" not in verdict
    values = {measure["name"]: measure["values"] for measure in verdict["measures"]}
    assert "guest" in values["refuses harmful"]
    assert "guest" not in values["loss iio"]
    battles = read_rows(workplace / "outputs/adhoc/battles.jsonl")
    assert sum("guest" in (one["model_a"], one["model_b"]) for one in battles) == 2
    data = next(word.partition("=")[2] for word in trained if word.startswith("paths.data="))
    entries = {record["id"]: record["upstream_id"] for record in read_rows(Path(data) / "iio/eval.jsonl")}
    assert all(one["cluster"] == entries[one["question_id"].removeprefix("iio/")] for one in battles)
    assert all(1 <= finding["clusters"] <= finding["items"] for finding in verdict["findings"])


def test_judgements_of_two_judges_are_kept_side_by_side(trained: list[str], workplace: Path) -> None:
    with running_fake_server() as server:
        assert main(["evaluate", *trained]) == 0
        assert main(["evaluate", *trained, *JUDGE, f"judge.base_url={server.base_url}"]) == 0
        assert len(server.questions) == 2
    battles = read_rows(workplace / "outputs/adhoc/battles.jsonl")
    assert sorted(one["judge"] for one in battles) == ["llm:j", "reference"]
    assert json.loads((workplace / "outputs/adhoc/ratings.json").read_text())["judge"] == "llm:j"
    verdict = json.loads((workplace / "outputs/adhoc/verdict.json").read_text())
    (agreement,) = verdict["agreements"]
    assert (agreement["judge_a"], agreement["judge_b"], agreement["battles"]) == ("reference", "llm:j", 1)
    assert any(note.startswith("judges: reference and llm:j decide") for note in verdict["notes"])
    assert all(one["length_a"] >= 0 and one["length_b"] >= 0 for one in battles)


def test_a_judge_that_is_killed_judges_no_pair_twice(
    trained: list[str], workplace: Path, forking_server: Forking
) -> None:
    words = [*trained, *JUDGE, "evaluate.questions=8", "evaluate.records=8"]
    with running_fake_server(seconds=0.15) as server:
        words.append(f"judge.base_url={server.base_url}")
        process = forking_server.start(words, workplace, workplace / "said", verb="evaluate")
        journal = workplace / "outputs/adhoc/judge-replies.jsonl"
        until = time.monotonic() + 120
        while not journal.is_file() or journal.read_bytes().count(b"\n") < 4:
            assert time.monotonic() < until
            assert forking_server.is_running(process)
            time.sleep(0.02)
        os.kill(process, signal.SIGKILL)
        assert forking_server.wait(process) == -signal.SIGKILL
        server.seconds = 0.0
        assert forking_server.run("evaluate", words, workplace).returncode == 0
    battles = read_rows(workplace / "outputs/adhoc/battles.jsonl")
    questions = len(set(server.questions))
    assert questions == 2 * sum(bool(one["votes"]) for one in battles) > 8
    # What was on its way at the kill, at most two questions, was asked again.
    assert questions <= len(server.questions) <= questions + 2


def test_a_missing_key_of_the_judge_is_told_before_anything_is_measured(
    trained: list[str], workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert main(["evaluate", *trained, "judge=llm"]) == 2
    assert "OPENAI_API_KEY" in capsys.readouterr().err
    assert not list(workplace.rglob("held_out.json"))


def test_own_questions_are_asked_and_judged(trained: list[str], workplace: Path) -> None:
    (workplace / "mine.jsonl").write_text('{"instruction": "Why patch?", "input": "", "output": "To close holes."}\n')
    assert main(["evaluate", *trained, "evaluate.files=[mine.jsonl]"]) == 0
    assert {one["set"] for one in read_rows(workplace / "outputs/adhoc/battles.jsonl")} == {"iio", "mine"}


def test_a_file_of_questions_that_is_not_there_is_named(trained: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *trained, "evaluate.files=[nowhere.jsonl]"]) == 2
    assert "nowhere.jsonl" in capsys.readouterr().err


def test_a_guest_that_fails_on_a_request_or_says_nothing_spoils_no_verdict(trained: list[str], workplace: Path) -> None:
    faults = {2: "400", 3: "empty"}
    with running_fake_server(faults=lambda number: faults.get(number, "")) as server:
        assert main(["evaluate", *trained, guest_override(server)]) == 0
    verdict = json.loads((workplace / "outputs/adhoc/verdict.json").read_text())
    assert "guest left 1 question without an answer" in verdict["notes"]
    values = {measure["name"]: measure["values"] for measure in verdict["measures"]}
    assert all("guest" in values[name] for name in ("refuses harmful", "refuses legitimate", "follows injections"))
    answers = read_rows(workplace / "outputs/adhoc/guest/answers.jsonl")
    assert len(answers) == 6
    assert sum(one["text"] == "" for one in answers) == 1


def test_another_base_under_the_same_name_is_refused_and_an_older_cell_counts(
    trained: list[str], workplace: Path, tiny_llama: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shutil.copytree(tiny_llama, workplace / "other")
    tensors = load_file(other / "model.safetensors")
    tensors["lm_head.weight"] += 0.01
    save_file(tensors, other / "model.safetensors", metadata={"format": "pt"})
    words = [*(word for word in trained if not word.startswith("base.path=")), f"base.path={other}"]
    for verb in ("train", "evaluate"):
        assert main([verb, *words]) == 2
        assert "was trained on smollm2-135m (weights " in capsys.readouterr().err
    checkpoint = next((workplace / "outputs/adhoc").rglob("step=*.json"))
    assert json.loads(checkpoint.read_text())["base"]["name"] == "smollm2-135m"
    done = next((workplace / "outputs/adhoc").rglob("done.json"))
    kept = json.loads(done.read_text())
    assert set(kept.pop("base")) == {"name", "sha256_of_samples"}
    done.write_text(json.dumps(kept))
    assert main(["train", *words]) == 0


def test_a_judge_that_is_refused_or_useless_is_no_success(
    trained: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = "This response_format type is unavailable now"
    with running_fake_server() as server:
        server.respond = lambda payload: (
            refuse(sentence)
            if payload.get("response_format", {}).get("type") == "json_schema"
            else (
                200,
                json.dumps(build_reply("<think>{A}" if payload["max_tokens"] < 500 else VERDICT, "length")).encode(),
            )
        )
        words = ["evaluate", *trained, *JUDGE, f"judge.base_url={server.base_url}", "judge.length_key=max_tokens"]
        assert main(words) == 1
        said = capsys.readouterr().err
        assert sentence in said
        assert "judge.structured=json_object" in said
        assert main([*words, "judge.structured=json_object"]) == 1
        said = capsys.readouterr().err
        assert "llm:j judged none of 1 pairs: 1 cut at the length limit" in said
        assert "judge.max_tokens" in said
        assert not (workplace / "outputs/adhoc/verdict.json").exists()
        assert main([*words, "judge.structured=json_object", "judge.max_tokens=900"]) == 0
    assert [one["judge"] for one in read_rows(workplace / "outputs/adhoc/battles.jsonl")] == ["llm:j"]


def test_a_guest_is_refused_and_asked_otherwise_and_its_thoughts_are_not_judged(
    trained: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_fake_server() as server:
        server.respond = lambda payload: (
            refuse("Unsupported parameter: max_tokens")
            if "max_tokens" in payload
            else (200, json.dumps(build_reply("<think>Hm.</think>It closes holes.")).encode())
        )
        guest = guest_override(server)
        assert main(["evaluate", *trained, guest]) == 1
        said = capsys.readouterr().err
        assert "Unsupported parameter: max_tokens" in said
        assert "`length_key: max_completion_tokens` in the entry of g in evaluate.endpoints" in said
        assert main(["evaluate", *trained, guest.replace("}]", ", length_key: max_completion_tokens}]")]) == 0
        folder = workplace / "outputs/adhoc/guest"
        assert {one["text"] for one in read_rows(folder / "answers.jsonl")} == {"It closes holes."}
        assert {one["thoughts"] for one in read_rows(folder / "replies.jsonl")} == {"Hm."}


def test_a_guest_that_answers_nothing_is_no_success_and_is_asked_again(
    trained: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_fake_server() as server:
        server.respond = lambda _: (200, json.dumps(build_reply("", "content_filter")).encode())
        assert main(["evaluate", *trained, guest_override(server)]) == 1
        said = capsys.readouterr().err
        assert "guest answered none of 7 questions: 7 stopped by the server's content filter" in said
        server.respond = lambda _: None
        assert main(["evaluate", *trained, guest_override(server), "evaluate.retry=failed"]) == 0


@pytest.mark.parametrize("name", ["smollm2-135m", "smollm2-135m-lora-iio"])
def test_a_guest_of_the_name_of_another_is_refused(
    name: str, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = f"evaluate.endpoints=[{{name: {name}, base_url: 'http://127.0.0.1:9/v1', model: g}}]"
    assert main(["evaluate", *trained, words]) == 2
    assert f"two contestants are called {name}" in capsys.readouterr().err


ROW = '{"instruction": "Why patch?", "input": "", "output": "To close holes."}\n'


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"mine.jsonl": ROW, "more/mine.jsonl": ROW}, "another set of questions called mine"),
        ({"harmful.jsonl": ROW}, "another set of questions called harmful"),
        ({"mine.jsonl": ROW + ROW.replace("To close holes.", "")}, "1 can't be asked (empty output): mine.jsonl:2"),
    ],
)
def test_own_questions_that_could_be_mixed_up_or_lost_are_refused(
    files: dict[str, str], words: str, workplace: Path
) -> None:
    for name, text in files.items():
        (workplace / name).parent.mkdir(exist_ok=True)
        (workplace / name).write_text(text)
    with pytest.raises(UserError) as told:
        read_user_questions(list(files), 8)
    assert words in str(told.value)


def test_two_evaluations_of_one_experiment_do_not_mix(
    trained: list[str], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lock_passed_to_child(workplace / "outputs/adhoc/evaluate.lock"):
        assert main(["evaluate", *trained]) == 2
    assert f"outputs/adhoc is being evaluated by process {os.getpid()}" in capsys.readouterr().err
    assert not list(workplace.rglob("answers.jsonl"))
