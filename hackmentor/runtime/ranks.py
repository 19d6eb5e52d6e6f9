"""Which of the processes that train one cell together this one is."""

from __future__ import annotations

import os
from collections.abc import Mapping

from hackmentor.runtime.errors import UserError

# Lightning, torchrun and SLURM set the rank of a process in these.
_RANK_VARIABLES = ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID")
# They also set how many processes there are, or where the first one is.
_COUNT_VARIABLES, _ADDRESS_VARIABLE = ("WORLD_SIZE", "SLURM_NTASKS"), "MASTER_ADDR"


def is_first_process() -> bool:
    """Whether this process is rank 0, or the only one, of those that train a cell together."""
    return _find_rank(os.environ) is None or not _belongs_to_others(os.environ)


def refuse_stray_rank() -> None:
    """Refuses a rank that was left behind in somebody's shell: Lightning would obey it, and neither save nor log.

    Raises:
        UserError: naming the variable.
    """
    if (name := _find_rank(os.environ)) and not _belongs_to_others(os.environ):
        raise UserError(
            f"{name}={os.environ[name]} is set here, but not {', '.join(_COUNT_VARIABLES)} or {_ADDRESS_VARIABLE}: "
            "it makes this process one of several, which nobody started; "
            f"`unset {name}`, or start all of them with torchrun or srun"
        )


def _find_rank(environment: Mapping[str, str]) -> str | None:
    """The variable that gives this process another rank than the first."""
    return next((name for name in _RANK_VARIABLES if environment.get(name, "0") != "0"), None)


def _belongs_to_others(environment: Mapping[str, str]) -> bool:
    return _ADDRESS_VARIABLE in environment or any(environment.get(name, "1") != "1" for name in _COUNT_VARIABLES)
