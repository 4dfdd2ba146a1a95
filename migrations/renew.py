"""Rewrite 0001 from the models. Only until the first release: afterwards add new migrations."""

import tempfile
from pathlib import Path

from alembic import command

from server import migrate
from server.kernel.db import make_engine

VERSIONS = Path(__file__).parent / "versions"


def main() -> None:
    for old in VERSIONS.glob("0001_*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/empty.db")
        with engine.connect() as connection:
            command.revision(
                migrate.config(connection),
                message="The spine: tenants, people, staff, inbox, outbox, cases, greetings.",
                autogenerate=True,
                rev_id="0001_spine",
            )
        engine.dispose()
    for made in VERSIONS.glob("0001_spine_*.py"):
        _with_triggers(made.rename(VERSIONS / "0001_spine.py"))


def _with_triggers(made: Path) -> None:
    """Add what no table says, last on the way up and first on the way down."""
    text = made.read_text(encoding="utf-8")
    text = text.replace(
        "from alembic import op\n",
        "from alembic import op\n\nfrom server.staff import triggers\n",
        1,
    )
    head, up, down = text.partition("\n\n\ndef downgrade() -> None:\n")
    made.write_text(
        f"{head}\n    triggers.create(op){up}    triggers.drop(op)\n{down}", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
