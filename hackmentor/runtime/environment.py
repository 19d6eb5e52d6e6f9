"""Environment variables: which a configuration may read or send, and which hold secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from hackmentor.runtime.errors import UserError

# Whoever runs a command allows further variables in this one, by name: a file of somebody else's can't.
ALLOW_VARIABLE = "HACKMENTOR_ALLOW_VARIABLES"

# Where one is, who one is, which job this is, and W&B's settings without its key: they may stand in cards and pages.
_HARMLESS_VARIABLES = frozenset(
    {
        *("HOME", "USER", "LOGNAME", "HOSTNAME", "PWD", "TMPDIR", "SCRATCH", "WORK", "PROJECT", "XDG_CACHE_HOME"),
        *("HF_HOME", "HF_HUB_CACHE", "CUDA_VISIBLE_DEVICES"),
        *("SLURM_JOB_ID", "SLURM_JOB_NAME", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_TMPDIR"),
        *("WANDB_MODE", "WANDB_PROJECT", "WANDB_ENTITY", "WANDB_DIR", "WANDB_BASE_URL"),
    }
)
# Words of a name, between underscores or at its ends.
_SECRET_NAME = re.compile(
    r"(^|_)(\w*KEY|\w*TOKEN|\w*SECRETS?|\w*PASSWORD|PASSWD|PASS|PASSPHRASE|PWD|PW|CREDENTIALS?|PAT|WEBHOOK|DSN|COOKIE|JWT)"
    r"(_|$)",
    re.IGNORECASE,
)
# Keys that a client of its own sends, to its own server.
_KEYS_OF_OTHERS = ("WANDB_API_KEY",)
_FOLDER_VARIABLES = ("PWD", "OLDPWD")
# A shorter value may be a word that stands in many texts.
_MIN_SECRET_CHARACTERS = 8


def read_number_variable(name: str) -> int | None:
    """The number in a variable that our own processes set; None without one, or if somebody else's stands there."""
    value = os.environ.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None


def check_readable(name: str, key: str) -> None:
    """Checks that a configuration may read a variable, as `key: ${oc.env:NAME}`: it gets into cards and to W&B.

    Raises:
        UserError: if it may not, with the way to allow it.
    """
    if name not in _HARMLESS_VARIABLES and name not in _read_allowed_names():
        raise UserError(
            f"{key}: ${{oc.env:{name}}}: its value would stand in cards, logs, pages and W&B; if it is no secret, type "
            f"export {ALLOW_VARIABLE}={name} (more than one: NAME,NAME)"
        )


def check_sendable(name: str, address: str, setting: str) -> None:
    """Checks that the key of an endpoint may be read from a variable.

    Raises:
        UserError: if the name is not one of an API key, with the way to allow it.
    """
    if (not name.upper().endswith("API_KEY") or name in _KEYS_OF_OTHERS) and name not in _read_allowed_names():
        raise UserError(
            f"{setting}: {name} would be sent to {address}, and is not named as keys for models are (..._API_KEY); "
            f"if you mean it, allow it: export {ALLOW_VARIABLE}={name}"
        )


def find_secret_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that hold secrets, by their names, with their values."""
    return {
        name: value
        for name, value in environment.items()
        if _SECRET_NAME.search(name) and name not in _FOLDER_VARIABLES and len(value) >= _MIN_SECRET_CHARACTERS
    }


def _read_allowed_names() -> set[str]:
    return {name.strip() for name in os.environ.get(ALLOW_VARIABLE, "").split(",")}
