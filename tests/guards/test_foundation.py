"""The ground under everything: test servers, settings, pins, units agree with the code."""

import ast
import base64
import re

import pytest
import redis
from sqlalchemy import create_engine, text

from server.kernel.settings import NAMES, Settings


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


def test_the_example_of_settings_names_exactly_what_is_read(root):
    text = (root / "deploy/single-server/xiangyin.env").read_text(encoding="utf-8")
    listed = re.findall(r"^(XIANGYIN_\w+)=", text, re.MULTILINE)
    assert sorted(listed) == sorted(NAMES)


def test_the_example_of_settings_starts_once_the_keys_are_filled_in(root):
    text = (root / "deploy/single-server/xiangyin.env").read_text(encoding="utf-8")
    values = dict(re.findall(r"^(XIANGYIN_\w+)=(.*)$", text, re.MULTILINE))
    values["XIANGYIN_SECRET_KEY"] = "s" * 48
    values["XIANGYIN_DATA_KEYS"] = "1:" + base64.b64encode(bytes(32)).decode()
    settings = Settings.from_env(values)
    assert settings.wechat_api == "https://api.weixin.qq.com"
    assert not settings.demo


def test_the_bootstrap_can_be_read_by_an_old_python(root):
    source = (root / "deploy/bootstrap.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))


@pytest.mark.parametrize("name", ["requirements", "tests/requirements", "tests/postgres"])
def test_every_wanted_package_is_pinned_with_hashes(root, name):
    wanted = re.findall(
        r"^([\w.-]+)(?:\[\w+\])?==([\w.]+)", (root / f"{name}.in").read_text(), re.MULTILINE
    )
    pinned = (root / f"{name}.txt").read_text()
    assert wanted
    for package, version in wanted:
        pattern = rf"^{re.escape(package)}(\[\w+\])?=={re.escape(version)}\b.*\\\n\s+--hash=sha256:"
        assert re.search(pattern, pinned, re.MULTILINE | re.IGNORECASE), package


@pytest.mark.parametrize("name", ["web", "worker", "scheduler"])
def test_the_units_run_the_processes_that_exist(root, name):
    unit = (root / f"deploy/single-server/xiangyin-{name}.service").read_text()
    command = re.search(r"^ExecStart=/opt/xiangyin/\.venv/bin/(.*)$", unit, re.MULTILINE).group(1)
    assert command in (
        "gunicorn -c deploy/gunicorn.conf.py server.wsgi:app",
        f"python -m server.{name}",
    )
    module = "wsgi" if name == "web" else name
    assert (root / f"server/{module}.py").exists()
