"""Axis `faults`: seeded campaigns to two thousand people while everything breaks."""

import os
import tempfile
from pathlib import Path

from tests.bench.figures import progress, tell
from tests.faults.campaign import House
from tests.servers import Postgres

RUNS = int(os.environ.get("RUNS", "20"))  # the long tests run 200
ROOT = Path(__file__).parents[2]


def run() -> None:
    postgres = Postgres()
    verdicts = []
    try:
        postgres.execute("CREATE DATABASE campaigns")
        with tempfile.TemporaryDirectory() as folder:
            for parity, url, cluster in (
                (1, f"sqlite:///{folder}/campaigns.db", None),
                (0, postgres.url("campaigns"), postgres),
            ):
                data = Path(folder) / str(parity)
                data.mkdir()
                house = House(ROOT, data, url, cluster)
                try:
                    for seed in range(1, RUNS + 1):
                        if seed % 2 == parity:
                            verdicts.append(house.campaign(seed))
                            progress(str(verdicts[-1]))
                    slow = house.campaign(9000 + parity, shorten_leases=False)
                    verdicts.append(slow)
                finally:
                    house.stop()
    finally:
        postgres.stop()
    tell("faults", "runs", [len(verdicts)], "campaigns")
    tell("faults", "lost", [sum(one.lost for one in verdicts)], "recipients")
    tell("faults", "doubled", [sum(one.doubled for one in verdicts)], "recipients")
    tell("faults", "unknown_excess", [sum(one.unknown_excess for one in verdicts)], "recipients")
    tell("faults", "recovery_s_max", [max(one.recovery for one in verdicts)], "s")
