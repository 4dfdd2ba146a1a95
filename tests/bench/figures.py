"""The form every figure has: the median of its runs, how many, and how far they lie apart."""

import json
import statistics
import sys


def tell(bench: str, metric: str, values: list[float], unit: str) -> None:
    """Print one JSON line. `spread` is the distance of the extremes over the median."""
    middle = statistics.median(values)
    spread = (max(values) - min(values)) / middle if middle else 0.0
    line = {
        "bench": bench, "metric": metric, "value": _short(middle), "unit": unit,
        "n": len(values), "spread": round(spread, 3),
    }  # fmt: skip
    print(json.dumps(line), flush=True)


def progress(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _short(value: float) -> float:
    return round(value, 3) if abs(value) < 10 else round(value, 1)
