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
    assert kept("from hackmentor.model.cpu.allocator import keep_freed_memory; keep_freed_memory()") > 400


def kept(before: str) -> float:
    done = subprocess.run([sys.executable, "-c", FREED.format(before=before)], capture_output=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_memory_goes_back_when_asked() -> None:
    # As quantising leaves it: each tensor that is freed has one after it that stays, so that the heap's end is in use.
    asked = "from hackmentor.model.cpu.allocator import release_freed_memory"
    assert left_behind(f"{asked}; freed()") > 100 > left_behind(f"{asked}; freed(); release_freed_memory()")


# Prints how many MiB stay resident when every second of 512 tensors of half a MiB is freed.
BETWEEN = """
import psutil
import torch
resident = lambda: psutil.Process().memory_info().rss / 2**20
from hackmentor.model.cpu.allocator import keep_freed_memory
keep_freed_memory()
before = resident()
tensors = [torch.ones(2**17) for _ in range(512)]
def freed():
    del tensors[::2]
{then}
print(resident() - before - 128)
"""


def left_behind(then: str) -> float:
    done = subprocess.run([sys.executable, "-c", BETWEEN.format(then=then)], capture_output=True, check=True)
    return float(done.stdout)
