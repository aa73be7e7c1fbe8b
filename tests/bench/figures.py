"""How a figure is taken: all variants in turn in one run, medians, and a line of JSON for each."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

RECORD = Path(__file__).parent.parent.parent / "instance" / "bench.json"


def timed(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes, in milliseconds; what the one before left is swept up first."""
    gc.collect()
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def in_turn(variants: Mapping[str, Callable[[], float]], runs: int) -> dict[str, float]:
    """Take each variant's measurement in turn, `runs` times; returns the median of each."""
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(runs):
        for name, measure in variants.items():
            taken[name].append(measure())
    return {name: statistics.median(values) for name, values in taken.items()}


def record(name: str, ours: float, baseline: float, unit: str, runs: int) -> None:
    """
    Print a figure and keep it as a line of instance/bench.json, in place of its last.

    `ratio` says how many times as good as the baseline ours is: of times, the baseline's through ours; of rates
    and shares (a unit with `/s` or `%`), ours through the baseline's.
    """
    ratio = ours / baseline if "/s" in unit or "%" in unit else baseline / ours
    line = {"name": name, "ratio": round(ratio, 3), "ours": round(ours, 3), "baseline": round(baseline, 3)}
    line |= {"unit": unit, "runs": runs}
    print(f"{name:<34} {ratio:8.2f} x   ours {ours:10.2f}   baseline {baseline:10.2f} {unit}", flush=True)
    RECORD.parent.mkdir(exist_ok=True, mode=0o700)
    known = RECORD.read_text().splitlines() if RECORD.exists() else []
    others = [old for old in known if old.startswith('{"name"') and json.loads(old)["name"] != name]
    RECORD.write_text("\n".join([*others, json.dumps(line)]) + "\n")
