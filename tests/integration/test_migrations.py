"""The schema goes up and down on both databases and equals the models."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from server import migrate
from server.kernel.db import make_engine
from server.tables import METADATA
from tests import make


def test_down_and_up_again_with_a_county_in_it(tools, database_url):
    make.county(tools)
    engine = make_engine(database_url)
    migrate.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(engine)
    migrate.upgrade(engine)  # twice is harmless
    assert migrate.current(engine) == migrate.newest()
    make.county(tools)
    with engine.connect() as db:
        assert db.execute(text("SELECT count(*) FROM tenant")).scalar_one() == 1
    engine.dispose()


def test_the_schema_is_what_the_models_say(database_url):
    engine = make_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()
