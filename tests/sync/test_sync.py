"""An offline store reaches the server whole, or the command says what did not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.sync.run_store import is_synced, read_run
from hackmentor.sync.upload import update_sync_marker
from tests.track.fake_server import FakeServer


def runs(store: Path) -> list[Path]:
    return sorted(store.glob("offline-run-*"))


def test_what_arrives_is_what_was_logged(store: Path, backend: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", f"store={store}"]) == 0, capsys.readouterr()
    output = capsys.readouterr().out
    assert f"4 of 4 runs arrived at {backend.url}" in output
    arrived = {run.attributes["displayName"]: run for run in backend.runs.values()}
    assert set(arrived) == {"iio", "cell", "grid"}
    cell = arrived["cell"]
    assert (cell.attributes["groupName"], cell.attributes["jobType"], cell.exit_code) == ("grid", "train", 0)
    assert cell.config["optimizer"]["value"] == {"lr": 0.1}
    assert [(row["trainer/global_step"], row["loss"]) for row in cell.history] == [(n, 3.0 - n) for n in range(6)]
    for name in ("data.iio", "cell", "cell.answers"):
        (version,) = backend.collection(name)
        assert version.committed
        assert version.metadata == {"licence": "CC0-1.0"}
        assert backend.file(version, f"{name}.txt") == f"content of {name}".encode()
    assert {edge for edge in backend.edges() if "leaderboard" not in "".join(edge)} == {
        *(("iio", "data.iio"), ("data.iio", "cell"), ("cell", "cell"), ("cell", "grid"), ("grid", "cell.answers")),
    }
    # Who made it went first: the server takes the first sender for the maker.
    assert next(iter(backend.runs.values())) is arrived["iio"]
    assert all(map(is_synced, runs(store)))
    sent = len(backend.operations)
    assert main(["sync", f"store={store}"]) == 0
    assert "CreateArtifact" not in backend.operations[sent:]


def test_a_missing_file_is_refused_before_anything_is_sent(
    store: Path, backend: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, changed, *_ = sorted((store / "artifacts" / "content").iterdir())
    size = changed.stat().st_size
    gone.unlink()
    changed.write_bytes(b"x" * size)
    assert main(["sync", f"store={store}"]) == 2
    output = capsys.readouterr().err
    assert f"{gone} is gone" in output
    assert f"{changed} has other content than was logged" in output
    assert set(backend.operations) <= {"Viewer"}
    assert not any(map(is_synced, runs(store)))


def test_what_wandb_calls_finished_is_not_believed(
    store: Path, backend: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    backend.loses = "data.iio"
    assert main(["sync", f"store={store}"]) == 1
    output = capsys.readouterr().out
    print(output)
    assert "iio: not at the server:\n  data.iio, which it made\n  W&B said: " in output
    assert "Finished" in output
    assert "1 of 4 runs arrived" in output
    backend.loses = ""
    assert main(["sync", f"store={store}"]) == 0
    assert "3 of 3 runs arrived" in capsys.readouterr().out


def test_only_an_experiment_and_nothing_at_all(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", f"store={store}", "grid", "dry_run=true"]) == 0
    assert "failed (143)" in capsys.readouterr().out
    for other in ("experiment=other", "another-night"):
        assert main(["sync", f"store={store}", other, "dry_run=true"]) == 0
        assert "cell" not in capsys.readouterr().out
    assert main(["sync", f"store={store}", "grid", "another-night"]) == 2
    assert "grid another-night: one name at a time" in capsys.readouterr().err


def test_no_key_and_no_server(store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOME", str(store))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    assert main(["sync", f"store={store}"]) == 2
    assert "WANDB_API_KEY" in capsys.readouterr().err
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    assert main(["sync", f"store={store}"]) == 2
    assert "http://127.0.0.1:9 can't be reached: [Errno 111] Connection refused" in capsys.readouterr().err


def test_a_run_that_grows_while_it_is_sent_is_not_taken_for_sent(store: Path) -> None:
    first = runs(store)[0]
    read = read_run(first)
    update_sync_marker(read, has_arrived=True)
    assert is_synced(first)
    log = next(first.glob("*.wandb"))
    with log.open("ab") as stream:
        stream.write(b"more")
    os.utime(log, ns=(read.log_mtime_ns + 1, read.log_mtime_ns + 1))
    update_sync_marker(read, has_arrived=True)
    assert not is_synced(first)
