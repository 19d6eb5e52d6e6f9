"""Whether training keeps dequantised copies of 8-bit weights, as the memory model foresees it."""

from __future__ import annotations

from hackmentor.model.kept_copies import keeps_copies
from hackmentor.train.memory_model.training_setup import TrainingSetup, get_compute_dtype_bytes

# On a CPU: Python, torch, transformers, Lightning and the rest, measured as the peak of a cell whose base is the
# two layers of tests/conftest.py (662 to 668 MB), less what that model takes.
PROCESS_BYTES = 670_000_000


def keeps_dequantised_copies(setup: TrainingSetup) -> bool:
    """Whether they are kept: on a processor, where they fit into what the loaded base and the process leave free.

    Training asks for what is free then, which other programs decide too.
    """
    if setup.on_gpu or setup.quant != "int8":
        return False
    if setup.machine_bytes is None:
        return True
    matrices = setup.geometry.linear_parameters()
    element_bytes = get_compute_dtype_bytes(setup.precision)
    others = (setup.geometry.other_parameters() + setup.geometry.expert_parameters()) * element_bytes
    return keeps_copies(matrices * element_bytes, setup.machine_bytes - PROCESS_BYTES - matrices - others)
