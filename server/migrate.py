"""Move the database between schema versions: Alembic without an ini file."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

FOLDER = Path(__file__).resolve().parents[1] / "migrations"


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision; doing it twice is harmless."""
    with engine.connect() as connection:
        command.upgrade(config(connection), revision)
        connection.commit()


def downgrade(engine: Engine, revision: str) -> None:
    """Go back to a revision ("base" is the empty database). Data of dropped tables is gone."""
    with engine.connect() as connection:
        command.downgrade(config(connection), revision)
        connection.commit()


def current(engine: Engine) -> str | None:
    """Return the revision of the schema, or None for an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the revision this code wants."""
    return ScriptDirectory.from_config(config()).get_current_head()
