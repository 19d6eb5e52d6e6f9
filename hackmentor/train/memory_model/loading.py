"""The memory that loading a base takes, in bytes: what stays of its weights, and one matrix while it is quantised."""

from __future__ import annotations

from hackmentor.train.memory_model.training_setup import TrainingSetup, get_compute_dtype_bytes

# Bytes for each number of the matrix that is being quantised, beside what stays of it. On a CPU measured: so much more
# than what stayed a process had grown at most, for two layers of Llama-7B in bf16 and in float32 (int8 9.7 and 11.7,
# nf4 15.5 and 13.4; bitsandbytes 0.50 goes by way of float32 copies). On a GPU the copies in half precision that
# bitsandbytes' kernels take, an assumption.
_QUANTISING_BYTES_CPU = {"int8": 12, "nf4": 16}
_QUANTISING_BYTES_GPU = {"int8": 4, "nf4": 2}


def count_loading_bytes(setup: TrainingSetup, weights: int) -> int:
    """Bytes beside those of a process while a base is loaded, matrix by matrix (`hackmentor.model.streamed_weights`).

    Args:
        setup: of the cell.
        weights: bytes of all weights as they are loaded.
    """
    matrices = [matrix for matrix in setup.geometry.list_matrices() if not matrix.experts]
    largest = max(matrix.ins * matrix.outs for matrix in matrices)
    if setup.quant == "none":
        # Used where it is mapped, or cast.
        return weights + largest * get_compute_dtype_bytes(setup.precision)
    return weights + largest * (_QUANTISING_BYTES_GPU if setup.on_gpu else _QUANTISING_BYTES_CPU)[setup.quant]
