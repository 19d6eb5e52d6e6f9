"""A store that has moved since it was written reaches the server whole, edges and all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.runtime.errors import UserError
from hackmentor.sync.moved_content import locate_content
from hackmentor.sync.run_store import is_synced
from hackmentor.sync.transaction_log import _iterate_records, _join_records, copy_with_new_paths
from tests.track.fake_server import FakeServer


def copy_elsewhere(store: Path, new: Path) -> Path:
    """As `cp -r outputs/wandb /media/stick` and away with the machine."""
    shutil.copytree(store, new / "wandb", symlinks=True)
    shutil.rmtree(store)
    return new / "wandb"


def rename(store: Path, new: Path) -> Path:
    store.rename(new / "runs of monday")
    return new / "runs of monday"


def link(store: Path, new: Path) -> Path:
    store.rename(new / "real")
    (new / "link").symlink_to(new / "real")
    return new / "link"


def copy_beside(store: Path, new: Path) -> Path:
    """A copy whose original is still there, but changed since."""
    shutil.copytree(store, new / "wandb", symlinks=True)
    for file in (store / "artifacts" / "content").iterdir():
        file.write_text("changed")
    return new / "wandb"


@pytest.mark.parametrize("move", [copy_elsewhere, rename, link, copy_beside])
def test_a_moved_store_arrives_whole(
    move: Callable[[Path, Path], Path],
    store: Path,
    backend: FakeServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    new = tmp_path / "elsewhere 模型"
    new.mkdir()
    moved = move(store, new)
    assert main(["sync", f'store="{moved}"']) == 0, capsys.readouterr()
    assert "4 of 4 runs arrived" in capsys.readouterr().out
    for name in ("data.iio", "cell", "cell.answers"):
        (version,) = backend.collection(name)
        assert version.committed
        assert backend.file(version, f"{name}.txt") == f"content of {name}".encode()
    assert {edge for edge in backend.edges() if "leaderboard" not in "".join(edge)} == {
        *(("iio", "data.iio"), ("data.iio", "cell"), ("cell", "cell"), ("cell", "grid"), ("grid", "cell.answers")),
    }
    (cell,) = (run for run in backend.runs.values() if run.attributes["displayName"] == "cell")
    assert [(row["trainer/global_step"], row["loss"]) for row in cell.history] == [(n, 3.0 - n) for n in range(6)]
    assert all(map(is_synced, moved.glob("offline-run-*")))


def test_what_was_lost_on_the_way_is_named_where_it_should_be(
    store: Path, backend: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = copy_elsewhere(store, tmp_path)
    gone = next((moved / "artifacts" / "content").iterdir())
    gone.unlink()
    assert main(["sync", f"store={moved}"]) == 2
    assert f"{gone} is gone" in capsys.readouterr().err


def test_content_outside_any_store_stays_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert locate_content(file, tmp_path / "store" / "offline-run-1-x") == file


@pytest.mark.parametrize("size", [0, 1, 32_747, 32_754, 32_755, 32_756, 32_761, 32_762, 70_000])
def test_records_of_any_size_are_read_as_they_were_written(size: int) -> None:
    records = [b"a" * size, b"", b"b" * 5, b"c" * size]
    assert list(_iterate_records(_join_records(b":W&B&\xe1\x00", records), Path("log"))) == records


def test_without_new_paths_every_record_keeps_its_bytes(store: Path, tmp_path: Path) -> None:
    for log in store.glob("*/*.wandb"):
        copy_with_new_paths(log, tmp_path / "copy", {})
        before, after = (list(_iterate_records(file.read_bytes(), file)) for file in (log, tmp_path / "copy"))
        assert after == before
        assert len(before) > 5


def test_a_damaged_log_is_named(store: Path, tmp_path: Path) -> None:
    log = next(store.glob("*/*.wandb"))
    content = bytearray(log.read_bytes())
    content[40] ^= 1
    log.write_bytes(content)
    with pytest.raises(UserError, match="is damaged at byte"):
        copy_with_new_paths(log, tmp_path / "copy", {})
