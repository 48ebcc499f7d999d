"""Ranking metrics, latency percentiles and the machine they were measured on."""

import os
import platform
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def hit_rate(ranks: Sequence[int], k: int) -> float:
    """Share of cases whose target is among the first k; a rank counts from 1, 0 means not found."""
    return sum(1 for rank in ranks if 0 < rank <= k) / len(ranks)


def mean_reciprocal_rank(ranks: Sequence[int], k: int) -> float:
    """Mean of 1 / rank, 0 where the target is not among the first k."""
    return sum(1 / rank for rank in ranks if 0 < rank <= k) / len(ranks)


def percentiles_ms(nanoseconds: Sequence[int]) -> dict[str, float]:
    """p50, p90 and p99 in milliseconds."""
    if not len(nanoseconds):
        return {}
    values = np.percentile(np.asarray(nanoseconds), [50, 90, 99]) / 1e6
    return {f"p{share}_ms": round(float(value), 4) for share, value in zip((50, 90, 99), values, strict=True)}


def peak_memory_mb() -> float:
    """The most memory this process has held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def machine() -> str:
    """The processor, its cores, the system and the Python, in one line."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        name = models[0].split(":", 1)[1].strip() if models else name
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
