"""Where the Python processes that a command starts look for modules."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def keep_children_from_current_folder() -> None:
    """Keeps Python processes that this one starts from importing modules of the current folder.

    `hackmentor` itself doesn't have the current folder on its path, but `python -m` would: a `wandb.py` of a stranger's
    folder would run. Where the user has put the folder on the path (`python -m hackmentor`), it is trusted, and stays.
    """
    if not {"", str(Path.cwd())} & set(sys.path):
        os.environ["PYTHONSAFEPATH"] = "1"  # inherited by the children of children, as the flag -P is not
