"""The ground under the other tests: the servers they start are real and empty."""

import redis
from sqlalchemy import create_engine, text


def test_a_database_is_there_and_speaks(database_url):
    engine = create_engine(database_url)
    with engine.connect() as db:
        assert db.execute(text("SELECT 1")).scalar() == 1
        assert engine.dialect.name in database_url
    engine.dispose()


def test_redis_runs_scripts_and_starts_empty(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left behind", "by this test")
        assert client.eval("return redis.call('get', KEYS[1])", 1, "left behind") == b"by this test"
