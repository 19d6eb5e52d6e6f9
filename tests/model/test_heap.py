"""Memory that a step frees stays for the next one."""

import subprocess
import sys

import pytest

# Prints how many MiB of 512 stay resident when tensors of 16 MiB are freed.
FREED = """
import psutil
import torch
{before}
resident = lambda: psutil.Process().memory_info().rss / 2**20
tensors = [torch.ones(4 * 2**20) for _ in range(32)]
most = resident()
del tensors
print(512 - (most - resident()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_memory_stays() -> None:
    assert kept("") < 200
    assert kept("from hackmentor.model.heap import keep_freed; keep_freed()") > 400


def kept(before: str) -> float:
    done = subprocess.run([sys.executable, "-c", FREED.format(before=before)], capture_output=True, check=True)
    return float(done.stdout)
