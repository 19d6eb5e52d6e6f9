"""A cell on several nodes: refused where its processes would wait for nodes on which nothing was started.

Looks where Lightning looks for who started its processes (`AcceleratorConnector._choose_and_init_cluster_environment`
in 2.6), without importing it. MPI is found by mpi4py there, and here by what the usual `mpirun`s tell a process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec

from hackmentor.config.schema import Config

_BY_HAND = ("MASTER_ADDR", "MASTER_PORT")
_LSF = ("LSB_JOBID", "LSB_DJOB_RANKFILE", "JSM_NAMESPACE_LOCAL_RANK", "JSM_NAMESPACE_SIZE")
_MPI = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK")


def missing_nodes(config: Config, environment: Mapping[str, str], *, in_a_grid: bool) -> Iterator[str]:
    """Yields a sentence, with the way out, if a cell is to train on nodes that would never come.

    Args:
        config: of the cell.
        environment: of this process.
        in_a_grid: whether this machine's launcher would start the cell, as it does each of a grid, here alone.
    """
    nodes = config.trainer.num_nodes
    if nodes == 1:
        return
    if in_a_grid:
        yield (
            f"trainer.num_nodes={nodes}: a grid starts its cells on this machine alone; use hydra/launcher=slurm, or "
            "train this cell by itself with torchrun"
        )
    elif not _has_others(environment):
        yield (
            f"trainer.num_nodes={nodes}: nothing here starts the cell on {nodes} machines; use hydra/launcher=slurm, "
            f"start it on each machine with `torchrun --nnodes={nodes} ... -m hackmentor.train ...`, or set "
            "MASTER_ADDR, MASTER_PORT and NODE_RANK there"
        )


def _has_others(environment: Mapping[str, str]) -> bool:
    """Whether somebody has started this process, or tells it how to meet those of other nodes."""
    # As Lightning has it: in an interactive shell of a SLURM job no srun has started anything.
    srun = "SLURM_NTASKS" in environment and environment.get("SLURM_JOB_NAME") not in ("bash", "interactive")
    mpi = any(name in environment for name in _MPI) and find_spec("mpi4py") is not None
    return (
        "TORCHELASTIC_RUN_ID" in environment
        or srun
        or environment.keys() >= set(_LSF)
        or mpi
        or environment.keys() >= set(_BY_HAND)
    )
