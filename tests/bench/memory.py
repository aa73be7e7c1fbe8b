"""The memory that a letter takes over the process that renders it; each way is measured in a process of its own."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

from tests.bench import papers
from tests.bench.figures import in_turn, record

ROOT = Path(__file__).parent.parent.parent
COUNT = 5000
RUNS = 3
WAYS = {"ours": papers.ours, "docxtpl": papers.by_docxtpl, "add_row": papers.by_add_row}
STATUS, HIGH_WATER = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def _kept(field: str) -> float:
    """A field of the process's status (Linux), in MB."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) / 1024


def taken(way: str) -> float:
    """Return the peak of memory while a process makes its first letter, over what it had before, in MB."""
    make = WAYS[way](COUNT)
    HIGH_WATER.write_text("5")  # the peak is counted from here
    before = _kept("VmRSS")
    make()
    return _kept("VmHWM") - before


def _in_a_process(way: str) -> float:
    command = "import sys; from tests.bench.memory import taken; print(taken(sys.argv[1]))"
    known = {**os.environ, "PYTHONPATH": str(ROOT)}
    return float(subprocess.check_output([sys.executable, "-c", command, way], env=known, text=True))


def measure() -> None:
    """Print and record the memory of a letter with 5,000 signatories."""
    if not HIGH_WATER.exists():
        print("Memory is measured on Linux only.")
        return
    found = in_turn({way: functools.partial(_in_a_process, way) for way in WAYS}, RUNS)
    for baseline in ("docxtpl", "add_row"):
        record(f"docx/{COUNT}/memory_vs_{baseline}", found["ours"], found[baseline], "MB", RUNS)
