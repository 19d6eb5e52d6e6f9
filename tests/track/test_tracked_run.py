"""A run begins, ends with the right code, keeps secrets out, and never stands in the way of the work."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.config.schema import Config
from hackmentor.runtime.errors import StoppedError, UserError
from hackmentor.sync.run_store import StoredRun, read_run, read_store
from hackmentor.sync.upload import find_missing_on_server
from hackmentor.track.tracked_run import check_tracker, check_trackers, tracked_run
from hackmentor.track.tracker import Artifact, ConfusionMatrix, Table
from hackmentor.track.wandb_server import get_fault_variables, remember_connection
from tests.track.fake_server import KEY, FakeServer

Compose = Callable[..., Config]


def stored(workplace: Path) -> list[StoredRun]:
    return read_store(workplace / "outputs" / "wandb")


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (RuntimeError("broken"), 1),
        (UserError("wrong"), 2),
        (KeyboardInterrupt(), 130),
        (StoppedError.from_signal(15, "saved"), 143),
        (SystemExit(143), 143),
    ],
)
def test_a_run_ends_with_the_exit_code_of_its_work(
    workplace: Path, composed: Compose, raised: BaseException, code: int
) -> None:
    with pytest.raises(type(raised)), tracked_run(composed(), job_type="train", get_run_id=lambda: "abcd1234"):
        raise raised
    (run,) = stored(workplace)
    assert (run.exit_code, run.id, run.name, run.group) == (code, "abcd1234", "smollm2-135m-lora-iio", "adhoc")


def test_one_content_is_one_version_and_one_copy(workplace: Path, composed: Compose) -> None:
    (workplace / "one").mkdir()
    for name in ("a.txt", "one/b.txt"):
        (workplace / name).write_text(f"content of {name}")
    artifact = Artifact("set", "dataset", [workplace / "a.txt", workplace / "one"], {"card.json": "{}"})
    for name in ("first", "second"):
        with tracked_run(composed(), job_type="train", name=name) as tracker:
            tracker.use_artifact(artifact)
            tracker.log_table("rows", Table(("a", "b"), [(1, "x"), (None, 2.5)]))
            tracker.log_confusion_matrix("judges", ConfusionMatrix(("a", "b"), [0, 1], [0, 0]))
    first, second = stored(workplace)
    used = [one for run in (first, second) for one in run.artifacts if one.is_input]
    assert len({one.digest for one in used}) == 1
    assert [entry.path for entry in used[0].files] == ["a.txt", "card.json", "one/b.txt"]
    assert len({entry.local_path for one in used for entry in one.files}) == 3
    (workplace / "a.txt").write_text("changed since")
    assert used[0].files[0].local_path.read_text() == "content of a.txt"
    tables = [one for one in first.artifacts if one.kind == "run_table"]
    assert len(tables) == 2


def test_no_secret_is_in_anything_that_is_written(
    workplace: Path, composed: Compose, backend: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {name: f"canary-{name.lower()}-0123456789abcdef0123456789" for name in ("HF_TOKEN", "OPENAI_API_KEY")}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "remote", "add", "origin", "https://me:canary-remote@example.com/x.git"], check=True)
    for mode in ("offline", "online"):
        with tracked_run(composed(f"tracker.mode={mode}"), job_type="train") as tracker:
            tracker.log_summary({"figure": 1})
    files = [file for file in (workplace / "outputs").rglob("*") if file.is_file()]
    assert sum(file.suffix == ".wandb" for file in files) == 2
    written = b"".join(file.read_bytes() for file in files)
    sent = repr([(run.config, run.attributes, run.files) for run in backend.runs.values()]).encode()
    assert sent.count(b"smollm2") > 2
    for secret in (KEY, "canary-remote", *secrets.values()):
        assert secret.encode() not in written + sent, secret


@pytest.mark.parametrize("value", ["https://user:canary-password@example.com/data", "canary-of-the-environment"])
def test_a_secret_in_the_configuration_is_refused(
    workplace: Path, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEACHER_API_KEY", "canary-of-the-environment")
    assert main(["train", f"data.against=['{value}']"]) == 2
    output = capsys.readouterr().err
    assert "data.against.0: " in output
    assert "canary" not in output


def test_online_needs_a_key_up_front(
    workplace: Path, composed: Compose, backend: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_API_KEY")
    monkeypatch.setenv("HOME", str(workplace))
    config = composed("tracker.mode=online")
    with pytest.raises(UserError, match=r"needs a key for 127\.0\.0\.1: run `wandb login`, or set WANDB_API_KEY"):
        check_tracker(config)
    (workplace / ".netrc").write_text(f"machine 127.0.0.1 login user password {KEY}\n")
    (workplace / ".netrc").chmod(0o600)
    check_tracker(config)
    backend.refuses = True
    with pytest.raises(UserError, match="refuses the key"):
        check_tracker(config)


def test_an_online_run_arrives_while_it_runs(workplace: Path, composed: Compose, backend: FakeServer) -> None:
    (workplace / "a.txt").write_text("bytes")
    with tracked_run(composed("tracker.mode=online"), job_type="train", get_run_id=lambda: "abcd1234") as tracker:
        tracker.use_artifact(Artifact("set", "dataset", [workplace / "a.txt"]))
        tracker.log_artifact(Artifact("cell", "model", [workplace / "a.txt"]))
    assert backend.runs["abcd1234"].exit_code == 0
    assert backend.edges() == {("set", "smollm2-135m-lora-iio"), ("smollm2-135m-lora-iio", "cell")}
    (run,) = stored(workplace)
    assert run.is_online
    assert find_missing_on_server(run, run.rows, KEY) == []


@pytest.mark.parametrize("how", ["refuses", "is silent"])
def test_without_a_server_the_run_is_offline_and_says_so(
    workplace: Path,
    composed: Compose,
    backend: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    if how == "is silent":
        backend.silent.set()
    else:
        monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    with tracked_run(composed("tracker.mode=online"), job_type="train") as tracker:
        tracker.log_summary({"figure": 1})
    assert "can't be reached" in caplog.text
    assert "tracking offline, `hackmentor sync` sends it later" in caplog.text
    (run,) = stored(workplace)
    assert (run.is_online, run.exit_code) == (False, 0)


def test_a_server_that_falls_silent_does_not_hold_the_run_up(
    workplace: Path,
    composed: Compose,
    backend: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("hackmentor.track.wandb_run.FINISH_TIMEOUT", 3)
    monkeypatch.setattr("hackmentor.track.wandb_run.GRACE", 3)
    (workplace / "a.txt").write_text("bytes")
    artifact = Artifact("cell", "model", [workplace / "a.txt"])
    with tracked_run(composed("tracker.mode=online"), job_type="train", get_run_id=lambda: "abcd1234") as tracker:
        backend.silent.set()
        begun = time.monotonic()
        tracker.get_loggers()[0].log_metrics({"loss": 1.0}, 0)
        tracker.log_artifact(artifact)
        tracker.log_summary({"figure": 1})
    # Not how fast, but that it ends at all: W&B alone goes on trying for days.
    assert time.monotonic() - begun < 120
    assert "W&B did not take all of smollm2-135m-lora-iio in 3 s" in caplog.text
    backend.silent.clear()
    subprocess.run([sys.executable, "-m", "hackmentor", "sync"], check=True)
    assert [row["loss"] for row in backend.runs["abcd1234"].history] == [1.0]
    (version,) = backend.collection("cell")
    assert backend.file(version, "a.txt") == b"bytes"
    assert read_run(stored_folder(workplace)).rows == 1


def stored_folder(workplace: Path) -> Path:
    return next((workplace / "outputs" / "wandb").glob("run-*"))


def test_the_server_is_asked_once_for_a_grid(
    workplace: Path, composed: Compose, backend: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = [composed("tracker.mode=online", f"seed={seed}") for seed in range(5)]
    check_trackers([*configs, composed("tracker=none")])
    assert backend.operations.count("Viewer") == 1
    assert get_fault_variables() == {}
    # One that does not answer is waited for once: the cells are told, those of this process and of others.
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    check_trackers(configs)
    told = get_fault_variables()
    monkeypatch.setattr("hackmentor.track.tracked_run.diagnose_connection", lambda _: pytest.fail("asked again"))
    for config in configs[:2]:
        with tracked_run(config, job_type="train", name=f"run {config.seed}"):
            pass
    remember_connection(None)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with tracked_run(configs[2], job_type="train", name="run 2"):
        pass
    assert [run.is_online for run in stored(workplace)] == [False] * 3
