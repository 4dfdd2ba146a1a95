"""How Alembic reaches the database: the caller (server.migrate) hands over a connection."""

from alembic import context

from server.kernel.db import UtcDateTime
from server.tables import METADATA


def render_item(kind, item, autogen_context):
    """Write our own types as plain ones: a migration never imports the application."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
