"""`python -m server.demo prepare|fill`: what `make run` runs before and after the servers start."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from server import migrate, wiring
from server.demo import county, followers, letters, seed, stories
from server.kernel.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m server.demo")
    parser.add_argument("--secrets", type=Path, required=True)
    parser.add_argument("step", choices=["prepare", "fill"])
    parser.add_argument("--sandbox", help="address of the running WeChat sandbox, for `fill`")
    options = parser.parse_args()
    tools = wiring.build(Settings.from_env())
    if options.step == "prepare":
        migrate.upgrade(tools.sessions.engine)
        kept = json.loads(options.secrets.read_text(encoding="utf-8"))
        with tools.sessions.begin() as db:
            seed.county_itself(db, kept, vault=tools.vault, now=tools.clock.now())
    else:
        stories.tell(tools, followers.settle(tools, options.sandbox))
        letters.draft(tools, tools.accounts.by_slug(county.ACCOUNTS[0].slug).tenant_id)
    tools.sessions.dispose()


if __name__ == "__main__":
    main()
