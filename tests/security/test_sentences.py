"""What went wrong and was told as a traceback, or with words that mislead: each is one sentence now."""

from __future__ import annotations

import io
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from hackmentor.cli import main
from hackmentor.config.command import run_command
from hackmentor.pretrained.quantisation import read_model_config
from hackmentor.pretrained.weight_files import list_weight_files
from hackmentor.runtime.errors import UserError
from hackmentor.runtime.lock import lock_held
from hackmentor.runtime.signals import PARENT_PID_VARIABLE
from tests.conftest import REPOSITORY

Said = pytest.CaptureFixture[str]


def tell(words: list[str], capsys: Said) -> str:
    """The one sentence of a command that refuses."""
    assert main(words) == 2
    [sentence] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("hackmentor ")]
    return sentence


# Quotas and full disks


@contextmanager
def quota(size: int) -> Iterator[None]:
    """No file of this process may be larger than `size` bytes, as under a quota."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def write_battles(file: Path) -> None:
    rows = [{"model_a": f"a{n}", "model_b": f"b{n}", "win": "tie"} for n in range(60)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (["data", "data=iio", "data.sources=[cwe]", "data.max_train=200"], "data/iio"),
        (["rate", "battles=battles.jsonl", "output=ratings.json"], "ratings.json"),
        (["review"], "outputs/adhoc/review.html"),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else "",
)
def test_a_quota_names_the_file_that_did_not_fit(words: list[str], file: str, workplace: Path, capsys: Said) -> None:
    write_battles(workplace / "battles.jsonl")
    (workplace / "outputs/adhoc").mkdir(parents=True)
    with quota(4000):
        said = tell(words, capsys)
    assert file in said
    assert "File too large" in said
    assert "make room" in said


def test_a_full_disk_is_named_with_its_file(capsys: Said) -> None:
    script = (
        "import pathlib, sys\nfrom hackmentor.runtime.files import full_disk_named\n"
        "from hackmentor.config.command import run_command\n"
        "def write(request):\n"
        "    with full_disk_named(pathlib.Path('figures.json')), open('/dev/full', 'w') as stream: stream.write('x')\n"
        "sys.exit(run_command('data inspect', [], write))"
    )
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("hackmentor data inspect: figures.json: No space left on device; make room")


# Memory


def run_out_of_python(_: Any) -> int:
    return len(bytearray(2**62))


def run_out_of_numpy(_: Any) -> int:
    import numpy as np

    return int(np.ones(2**50).sum())


def run_out_of_torch(_: Any) -> int:
    return int(torch.ones(2**58).sum())


@pytest.mark.parametrize("action", [run_out_of_python, run_out_of_numpy, run_out_of_torch])
def test_a_lack_of_memory_is_a_sentence(action: Callable[[Any], int], workplace: Path, capsys: Said) -> None:
    assert run_command("evaluate", [], action) == 2
    assert capsys.readouterr().err.startswith("hackmentor evaluate: there is not enough memory (")


def test_other_errors_keep_their_traceback(workplace: Path) -> None:
    def fail(_: Any) -> int:
        raise RuntimeError("the cell is upside down")

    with pytest.raises(RuntimeError, match="upside down"):
        run_command("evaluate", [], fail)


# Names and kinds of files


def test_a_file_whose_name_is_not_utf8_is_counted(workplace: Path) -> None:
    docs = workplace / "docs"
    docs.mkdir()
    for number in range(20):
        page = f"Everyone may read page {number}, which is about patching server {number} before the week is over. " * 8
        (docs / f"open{number}.md").write_text(f"# Page {number}\n\n{page}")
    (docs / os.fsdecode(b"caf\xe9.md")).write_text("# Page\n\nThe name is in Latin-1.")
    assert main(["data", "data=iio", "data.name=mine", f"data.sources=[{docs}]"]) == 0
    card = (workplace / "data/mine/card.json").read_text()
    assert "name that is not UTF-8" in card
    assert r"caf\\xe9.md" in card


@pytest.mark.parametrize("words", ["data data=iio data.sources=[{}]", "chat {}", "train data.name={}"])
def test_a_word_that_is_not_utf8_is_refused(words: str, workplace: Path, capsys: Said) -> None:
    assert r"caf\xdce9" in tell(words.format(os.fsdecode(b"caf\xe9")).split(" "), capsys)


@pytest.mark.parametrize("name", ["pipe", "pipe.jsonl", "pipe.md"])
def test_a_pipe_is_no_source(name: str, workplace: Path, capsys: Said) -> None:
    os.mkfifo(workplace / name)
    said = tell(["data", "data=iio", "data.name=mine", f"data.sources=[./{name}]"], capsys)
    assert name in said
    assert "a pipe or a device" in said


# Variables that only our own processes set


@pytest.mark.parametrize("value", ["abc", "", "-1", "1e3", "٣", "9" * 30])
def test_a_lock_variable_of_somebody_else_is_no_lock(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HACKMENTOR_LOCK", value)
    with lock_held(tmp_path / "a.lock"):
        assert json.loads((tmp_path / "a.lock").read_text())["pid"] == os.getpid()


@pytest.mark.parametrize("value", ["abc", "", "1.5"])
def test_a_parent_variable_of_somebody_else_is_no_parent(value: str) -> None:
    script = "from hackmentor.runtime.signals import killed_with_parent\nwith killed_with_parent(): print('alive')"
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), PARENT_PID_VARIABLE: value}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


# Markup


@pytest.mark.parametrize("model", ["[/x]", "[red", "[link=http://a]x[/link]"])
def test_a_name_is_no_markup_in_a_progress_bar(model: str, capsys: Said) -> None:
    from hackmentor.runtime.progress_bars import create_progress_bars

    with create_progress_bars() as bars:
        bars.add_task(model, total=1)
        bars.refresh()
    assert model in capsys.readouterr().err


# Folders of bases


@pytest.fixture
def base(tiny_llama: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_llama, tmp_path / "base")


@pytest.mark.parametrize(
    "index",
    [
        "{", "[]", "null", "3", "[" * 100_000, '{"weight_map": 3}', '{"weight_map": {"a": 3}}',
        '{"weight_map": {"a": "../model.safetensors"}}', '{"weight_map": {"a": "/etc/passwd"}}',
        '{"weight_map": {"a": "sub/x.safetensors"}}', '{"weight_map": {"a": ".."}}', '{"weight_map": {"a": ""}}',
    ],
)  # fmt: skip
def test_an_index_of_weights_names_files_beside_it(
    index: str, base: Path, workplace: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hi\n")))
    (base / "model.safetensors").rename(base / "one.safetensors")
    (base / "model.safetensors.index.json").write_text(index)
    with pytest.raises(UserError, match=r"model\.safetensors\.index\.json"):
        list_weight_files(base)
    said = tell(["chat", "smollm2-135m", f"base.path={base}"], capsys)
    assert "model.safetensors.index.json" in said


@pytest.mark.parametrize(
    "changes",
    [
        {"num_hidden_layers": 10**6}, {"hidden_size": 10**9}, {"vocab_size": -1}, {"num_attention_heads": "4"},
        {"intermediate_size": 1e300}, {"text_config": {"num_hidden_layers": 10**6}},
    ],
    ids=str,
)  # fmt: skip
def test_sizes_that_no_model_has_are_refused(
    changes: dict[str, Any], base: Path, workplace: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hi\n")))
    file = base / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(ValueError, match="which no model has"):
        read_model_config(base)
    assert "which no model has" in tell(["chat", "smollm2-135m", f"base.path={base}"], capsys)


# Adapters


@pytest.fixture(scope="module")
def adapter(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter of the tiny model as PEFT saves it, with its tokenizer."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(0)
    config = LoraConfig(task_type="CAUSAL_LM", target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_llama), config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_llama).save_pretrained(folder)
    (folder / "chat_template.jinja").write_text("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}")
    return folder


def edit_config(folder: Path, **changes: Any) -> None:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def edit_weights(folder: Path, edit: Callable[[torch.Tensor], torch.Tensor]) -> None:
    file = folder / "adapter_model.safetensors"
    save_file({name: edit(tensor) for name, tensor in load_file(file).items()}, file, metadata={"format": "pt"})


def add_token(folder: Path) -> None:
    file = folder / "tokenizer.json"
    content = json.loads(file.read_text())
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    content["added_tokens"].append({"id": 999_999, "content": "<|far|>", **flags})
    file.write_text(json.dumps(content))


ADAPTERS: dict[str, Callable[[Path], object]] = {
    "NaN": lambda folder: edit_weights(folder, lambda tensor: tensor * float("nan")),
    "infinite": lambda folder: edit_weights(folder, lambda tensor: tensor / 0),
    "other sizes": lambda folder: edit_weights(folder, lambda tensor: tensor[:1].clone()),
    "token outside the vocabulary": add_token,
    "Jinja syntax": lambda folder: (folder / "chat_template.jinja").write_text("{% for %}"),
    "Jinja escape": lambda folder: (folder / "chat_template.jinja").write_text("{{ ''.__class__.__mro__ }}"),
    "Jinja globals": lambda folder: (folder / "chat_template.jinja").write_text("{{ cycler.__init__.__globals__.os }}"),
    "trained tokens": lambda folder: edit_config(folder, trainable_token_indices=[10**9]),
    "loftq": lambda folder: edit_config(folder, init_lora_weights="loftq", loftq_config={"loftq_bits": 4}),
    "a list": lambda folder: edit_config(folder, target_modules=[[]]),
    "rank": lambda folder: edit_config(folder, r=[]),
    "prompt": lambda folder: edit_config(folder, peft_type="PROMPT_TUNING", num_virtual_tokens=4),
    "kind": lambda folder: edit_config(folder, peft_type=[]),
    "no object": lambda folder: (folder / "adapter_config.json").write_text("[]"),
    "deep": lambda folder: (folder / "adapter_config.json").write_text("[" * 100_000),
    "pickle": lambda folder: (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin"),
}


@pytest.mark.parametrize("damage", ADAPTERS.values(), ids=ADAPTERS)
def test_a_bad_adapter_is_a_sentence(
    damage: Callable[[Path], object], adapter: Path, tiny_llama: Path, workplace: Path, capsys: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    shutil.copytree(adapter, workplace / "stranger")
    damage(workplace / "stranger")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hi\n")))
    words = ["chat", "base=smollm2", "size=135m", f"base.path={tiny_llama}", "adapter=stranger"]
    said = tell(words, capsys)
    assert "stranger" in said
    assert "object has no attribute" not in said
