"""What an attempt at a cell costs that has nothing to train."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from hackmentor.cell.folder import get_cell_folder
from hackmentor.config.compose import CommandRequest, compose_grid, hydra_initialized

# Ends with the modules that are there after the command.
COMMAND = """
import json, sys
from hackmentor.train.__main__ import main
code = main(sys.argv[1:])
print(json.dumps([code, [name for name in ("torch", "transformers", "wandb") if name in sys.modules]]))
"""


def test_a_cell_that_is_done_needs_no_torch(workplace: Path, tiny_words: list[str]) -> None:
    with hydra_initialized(CommandRequest("train", tuple(tiny_words))) as hydra:
        config = compose_grid(hydra, CommandRequest("train", tuple(tiny_words))).cells[0].config
    folder = get_cell_folder(config)
    folder.path.mkdir(parents=True)
    folder.card.write_text(json.dumps({"figures": {"val_loss": 1.5}}))
    folder.mark_done(config)
    command = [sys.executable, "-c", COMMAND, *tiny_words]
    done = subprocess.run(command, cwd=workplace, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []]
    assert "is done already" in done.stdout
    assert not folder.config.exists()
