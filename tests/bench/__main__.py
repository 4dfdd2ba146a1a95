"""`python -m tests.bench [--only NAME]`: run the axes, one after the other."""

import argparse
import sys

from tests.bench import (
    callbacks,
    clocks,
    duplicates,
    fanout,
    faults,
    planning,
    register,
    startup,
)

AXES = {
    "startup": startup.run,
    "callbacks": callbacks.run,
    "duplicates": duplicates.run,
    "fanout": fanout.run,
    "planning": planning.run,
    "faults": faults.run,
    "clocks": clocks.run,
    "search": register.run_search,
    "import": register.run_import,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", choices=sorted(AXES))
    only = parser.parse_args().only
    for name in [only] if only else AXES:
        print(f"{name} …", file=sys.stderr, flush=True)
        AXES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
