"""A real SLURM of one node in a folder: munged, slurmctld, slurmd of this user on the loopback, ended by their pids.

python -m tests.grid.slurm.cluster FOLDER    starts one, prints the SLURM_CONF to export, ends it with Ctrl-C
"""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")

# config_overrides and MemSpecLimit-free memory: the node has as many processors as we say, whatever the machine has.
# cred_expire is also how long a requeued job waits before it starts again: 120 seconds where it is not at least 5.
CONFIGURATION = """
ClusterName=trial
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=localhost NodeAddr=127.0.0.1 CPUs={processors} State=UNKNOWN
PartitionName=cells Nodes=localhost Default=YES PriorityTier=1 GraceTime={grace} State=UP
PartitionName=urgent Nodes=localhost PriorityTier=10 State=UP
"""


def missing() -> str | None:
    """Why there is no trial here, or None: it takes minutes, so it is asked for, and it needs Debian's packages."""
    if "HACKMENTOR_CLUSTER" not in os.environ:
        return "`make test-cluster` starts a SLURM of its own; it takes minutes"
    lacking = [name for name in (*DAEMONS, "sbatch", "srun") if _path(name) is None]
    return f"no {', '.join(lacking)} here (Debian: apt-get install slurm-wlm munge)" if lacking else None


@contextmanager
def cluster(folder: Path, processors: int = 2, grace: int = 0) -> Iterator[dict[str, str]]:
    """The environment in which sbatch and its like find it."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)
    controller, node = _free_ports()
    values = {"controller": controller, "node": node, "folder": folder, "processors": processors, "grace": grace}
    configuration = folder / "slurm.conf"
    configuration.write_text(CONFIGURATION.format(user=getpass.getuser(), **values))
    environment = os.environ | {"SLURM_CONF": str(configuration)}
    with ExitStack() as running:
        running.enter_context(_munged(folder))
        for command in (["slurmctld", "-D", "-i"], ["slurmd", "-D", "-N", "localhost"]):
            running.enter_context(_daemon(command, folder, environment))
        _until_idle(environment, folder)
        yield environment


@contextmanager
def _munged(folder: Path) -> Iterator[None]:
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    places = {"key-file": key, "socket": folder / "munge.socket", "pid-file": folder / "munged.pid"}
    places |= {"log-file": folder / "munged.log", "seed-file": folder / "munged.seed"}
    options = [f"--{name}={place}" for name, place in places.items()]
    with _daemon(["munged", "--foreground", "--force", *options], folder, dict(os.environ)):
        _until(places["socket"].exists, "munged did not open its socket", folder)
        yield


@contextmanager
def _daemon(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[None]:
    with (folder / f"{command[0]}.out").open("w") as output:
        process = subprocess.Popen(
            [str(_path(command[0])), *command[1:]], env=environment, stdout=output, stderr=output, process_group=0
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _path(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def _until_idle(environment: dict[str, str], folder: Path) -> None:
    def idle() -> bool:
        command = ["sinfo", "--noheader", "--format=%T", "--partition=cells"]
        return subprocess.run(command, env=environment, capture_output=True, text=True).stdout.strip() == "idle"

    _until(idle, "the node did not come up", folder)


def _until(true: object, otherwise: str, folder: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        if time.monotonic() > end:
            logs = [f"{file.name}:\n{file.read_text()[-2000:]}" for file in sorted(folder.glob("*.log"))]
            raise RuntimeError("\n".join([otherwise, *logs]))
        time.sleep(0.1)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    with cluster(Path(sys.argv[1]).absolute(), grace=int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        print(f"export SLURM_CONF={Path(sys.argv[1]).absolute()}/slurm.conf", flush=True)
        signal.pause()
