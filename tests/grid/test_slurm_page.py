"""docs/slurm.md shows every step, and the words of its table ask SLURM for what it says."""

from __future__ import annotations

import re

from hydra.types import RunMode

from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized
from hackmentor.config.validate import validate_config
from hackmentor.grid.slurm_launcher import parse_slurm_settings
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "slurm.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^(?:srun [^\n]*)?(hackmentor \w+ [^\n]*)$", PAGE, flags=re.MULTILINE)
WORDS = re.findall(r"^\|[^|\n]*\| `([^`\n]*)` \|$", PAGE, flags=re.MULTILINE)


def test_the_page_shows_every_step() -> None:
    assert {command.split()[1] for command in COMMANDS} == {
        "fetch", "data", "plan", "train", "status", "evaluate", "review",
    }  # fmt: skip


def test_the_words_of_the_table_ask_for_what_it_says() -> None:
    asked = {words: _asked(words) for words in WORDS}
    four = "trainer=ddp trainer.accelerator=gpu trainer.precision=bf16-mixed trainer.devices=4"
    assert asked[four] == (1, 4, 4, None)
    assert _asked(f"{four} trainer.num_nodes=2") == (2, 4, 4, None)
    assert asked[f"{four.replace('ddp', 'fsdp')} quant=none"] == (1, 4, 4, None)
    assert asked["hydra.launcher.gpus_per_node=0 hydra.launcher.gres=gpu:a100:1"] == (1, 1, 0, "gpu:a100:1")
    assert len(asked) == 4


def _asked(words: str) -> tuple[int, int, int | None, str | None]:
    request = CommandRequest("train", ("experiment=paper", "hydra/launcher=slurm", *words.split()))
    with hydra_initialized(request) as hydra:
        cells = compose_grid(hydra, request).cells
        composed = hydra.config_loader.load_configuration(
            "train", [*request.overrides, *cells[0].overrides], RunMode.MULTIRUN
        )
    settings = parse_slurm_settings(composed, validate_config(composed))
    return settings.nodes, settings.tasks_per_node, settings.gpus_per_node, settings.gres
