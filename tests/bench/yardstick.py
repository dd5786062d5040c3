"""A fixed loop of pure Python, to tell a slow machine from slow code, and what the kernel says of a process."""

import time
from pathlib import Path
from typing import Final

ITERATIONS: Final = 200_000
REPEATS: Final = 5


def loop_ns() -> float:
    """CPU nanoseconds that one iteration of the loop takes now: the least of several short runs.

    Costs are given as so many iterations beside microseconds. On the machine of the reference figures it was 29-33 ns
    in quiet and up to 55 ns in noisy times, so that ratios are steadier than times.
    """
    return min(_run() for _ in range(REPEATS)) / ITERATIONS


def _run() -> int:
    begun = time.thread_time_ns()
    total = 0
    for number in range(ITERATIONS):
        total += number & 3
    assert total
    return time.thread_time_ns() - begun


def peak_mb(pid: str = "self") -> float:
    """The most memory that a process ever held, in MB (10^6 bytes). Not `ru_maxrss`: that begins with the parent's."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise OSError(f"the kernel tells nothing of the memory of {pid}")


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads that a process has now, by the scheduler's own count: `stat` has ticks of 10 ms only."""
    return _scheduled(pid, 0)


def waited_seconds(pid: int) -> float:
    """How long the threads of a process were ready to run and found every core taken by others."""
    return _scheduled(pid, 1)


def _scheduled(pid: int, field: int) -> float:
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[field])
        except OSError:  # it ended meanwhile
            continue
    return total / 1e9
