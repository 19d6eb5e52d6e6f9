"""What most tests need: a tiny random Llama with its tokenizer, small data sets, an empty working directory."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from hackmentor.records.record import Record
from tests.grid.forking import Forking, forking
from tests.tiny import make_data, make_fixed_data, make_llama

# Before anything of W&B or the hub is imported: a test sends nothing and asks nothing.
os.environ["WANDB_MODE"] = "offline"
os.environ["WANDB_SILENT"] = "true"
os.environ["HF_HUB_OFFLINE"] = "1"

# A shell lets what runs in its background ignore Ctrl-C, and what the tests start would ignore it too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples each time, however slow the machine.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

MakeRecord = Callable[..., Record]

REPOSITORY = Path(__file__).resolve().parent.parent

# The files that take most of the time, the longest first: whichever is begun last is waited for.
LONGEST = (
    "test_end_to_end.py",
    "train/test_restarts.py",
    "train/test_reference.py",
    "track/test_tracked_grid.py",
    "grid/test_faults.py",
    "grid/test_devices.py",
    "evaluate/test_evaluate.py",
    "grid/test_grid.py",
    "train/test_fsdp.py",
    "config/test_nodes.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first; all others stay in their order."""
    places = {REPOSITORY / "tests" / name: place for place, name in enumerate(LONGEST)}
    assert all(file.is_file() for file in places), "LONGEST names a file that is not there"
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(autouse=True)
def as_logging_was() -> Iterator[None]:
    """A command that ran in this process has set up logging for itself, into a stream that is closed by now."""
    handlers = list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers = handlers


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random two-layer Llama of a few hundred KB and a byte-level tokenizer trained here."""
    return make_llama(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with small iio and turn sets from the real catalogues."""
    return make_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def fixed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of 21 records of each shape that change with no catalogue: for tests that count steps."""
    return make_fixed_data(tmp_path_factory.mktemp("fixed"))


@pytest.fixture(scope="session")
def forking_server() -> Iterator[Forking]:
    """Starts `hackmentor VERB` in processes that need not import torch first."""
    with forking() as server:
        yield server


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory: outputs/, data/ and models/ are made there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def tiny_words(tiny_llama: Path, small_data: Path) -> list[str]:
    """Overrides that make any cell of smollm2-135m a cell of the tiny Llama on the small data, done in a second."""
    return [
        f"base.path={tiny_llama}",
        f"paths.data={small_data}",
        "trainer=cpu",
        "trainer.max_epochs=1",
        "train.cutoff=256",
        "train.overlength=truncate",
        "train.validation_records=4",
        "evaluate.cutoff=256",
        "evaluate.records=4",
        "evaluate.questions=1",
        "evaluate.max_new_tokens=8",
        "evaluate.safety.prompts=2",
        "evaluate.safety.max_new_tokens=4",
        "evaluate.exam.questions=9",
        "evaluate.exam.general=6",
    ]


@pytest.fixture(scope="session")
def iio() -> MakeRecord:
    """Small iio records, told apart by a number."""

    def make(number: int = 0, **changes: str) -> Record:
        fields = {
            "id": f"r{number}",
            "source": "cwe",
            "upstream_id": "CWE-79",
            "upstream_version": "4.14",
            "licence": "terms",
            "made_by": "template:cwe.explain",
            "task": "cwe.explain",
            "instruction": f"Question {number}?",
            "output": "Answer.\nTwo lines — and a dash.",
        }
        return Record(shape="iio", messages=(), **(fields | changes))

    return make


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests with real tokenizers fetch 130 MB, so that they run only when they are asked for."""
    if item.get_closest_marker("tokenizers") and not os.environ.get("HACKMENTOR_TOKENIZERS"):
        pytest.skip("fetches real tokenizers: `make test-tokenizers`")
