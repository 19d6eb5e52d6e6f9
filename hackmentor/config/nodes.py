"""Checks that a cell on several nodes was started on all of them: its processes would wait for the others forever.

Checks the environment variables by which Lightning (2.6, `AcceleratorConnector._choose_and_init_cluster_environment`)
recognises a cluster, without importing it. Lightning detects MPI with mpi4py; here the variables that common `mpirun`s
set are checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec

from hackmentor.config.schema import Config

_RENDEZVOUS_VARIABLES = ("MASTER_ADDR", "MASTER_PORT")
_LSF_VARIABLES = ("LSB_JOBID", "LSB_DJOB_RANKFILE", "JSM_NAMESPACE_LOCAL_RANK", "JSM_NAMESPACE_SIZE")
_MPI_VARIABLES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK")


def explain_missing_nodes(config: Config, environment: Mapping[str, str], *, is_grid_cell: bool) -> Iterator[str]:
    """Yields a message, with the way out, if a cell is to train on nodes where nothing starts it.

    Args:
        config: the cell's configuration.
        environment: this process's environment variables.
        is_grid_cell: whether a local launcher would start the cell, on this machine only.
    """
    nodes = config.trainer.num_nodes
    if nodes == 1:
        return
    if is_grid_cell:
        yield (
            f"trainer.num_nodes={nodes}: a grid starts its cells on this machine alone; use hydra/launcher=slurm, or "
            "train this cell by itself with torchrun"
        )
    elif not _has_distributed_launcher(environment):
        yield (
            f"trainer.num_nodes={nodes}: nothing here starts the cell on {nodes} machines; use hydra/launcher=slurm, "
            f"start it on each machine with `torchrun --nnodes={nodes} ... -m hackmentor.train ...`, or set "
            "MASTER_ADDR, MASTER_PORT and NODE_RANK there"
        )


def _has_distributed_launcher(environment: Mapping[str, str]) -> bool:
    """Whether a distributed launcher started this process, or the rendezvous with other nodes is configured."""
    # As in Lightning: in an interactive shell of a SLURM job nothing was started by srun.
    srun = "SLURM_NTASKS" in environment and environment.get("SLURM_JOB_NAME") not in ("bash", "interactive")
    mpi = any(name in environment for name in _MPI_VARIABLES) and find_spec("mpi4py") is not None
    return (
        "TORCHELASTIC_RUN_ID" in environment
        or srun
        or environment.keys() >= set(_LSF_VARIABLES)
        or mpi
        or environment.keys() >= set(_RENDEZVOUS_VARIABLES)
    )
