"""Alembic migrations: numbered, both directions, on SQLite and PostgreSQL."""
