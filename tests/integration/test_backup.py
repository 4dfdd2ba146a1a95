"""The nightly backup of a server can be restored, and keeps no more than it says."""

import os
import subprocess
import tarfile

import psycopg
import pytest

from tests import make
from tests.servers import postgres_bin


@pytest.fixture(params=["postgresql"])
def database_url(databases, request):
    return databases.clean(request.param)


def backup(root, database_url, data, target):
    return subprocess.run(
        [root / "deploy/single-server/backup", target],
        env={
            **os.environ,
            "PATH": f"{postgres_bin()}:{os.environ['PATH']}",
            "XIANGYIN_DATABASE_URL": database_url,
            "XIANGYIN_DATA_DIR": str(data),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_database_and_photos_come_back(root, tools, database_url, tmp_path):
    make.county(tools)
    data, target = tmp_path / "data", tmp_path / "backups"
    (data / "files").mkdir(parents=True)
    (data / "files" / "photo").write_bytes(b"sealed")
    (data / "last-envelope").write_text("e" * 32)
    target.mkdir()
    done = backup(root, database_url, data, target)
    assert done.returncode == 0, done.stderr
    (made,) = target.iterdir()
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=made, check=True)

    address = database_url.replace("+psycopg", "")
    copy = address.rpartition("/")[2] + "_copy"
    with psycopg.connect(address, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {copy}")
    try:
        restored = address.rpartition("/")[0] + "/" + copy
        subprocess.run(
            [postgres_bin() / "pg_restore", "--no-owner", f"--dbname={restored}",
             made / "database.dump"],
            check=True,
        )  # fmt: skip
        with psycopg.connect(restored) as db:
            assert db.execute("SELECT name FROM tenant").fetchall() == [("云溪县侨联",)]
            assert db.execute("SELECT count(*) FROM wechat_account").fetchone() == (2,)
    finally:
        with psycopg.connect(address, autocommit=True) as db:
            db.execute(f"DROP DATABASE {copy}")
    with tarfile.open(made / "files.tar.gz") as photos:
        assert photos.extractfile("./files/photo").read() == b"sealed"
        assert "./last-envelope" not in photos.getnames(), "a restore must be noticed"


def test_the_newest_fourteen_are_kept(root, database_url, tmp_path):
    data, target = tmp_path / "data", tmp_path / "backups"
    data.mkdir()
    for day in range(1, 21):
        (target / f"xiangyin-202601{day:02}T031500Z").mkdir(parents=True)
    assert backup(root, database_url, data, target).returncode == 0
    kept = sorted(path.name for path in target.iterdir())
    assert len(kept) == 14
    assert kept[0] == "xiangyin-20260108T031500Z"


def test_a_failed_dump_leaves_the_old_backups_and_says_so(root, tmp_path):
    data, target = tmp_path / "data", tmp_path / "backups"
    data.mkdir()
    for day in range(1, 21):
        (target / f"xiangyin-202601{day:02}T031500Z").mkdir(parents=True)
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"
    done = backup(root, nowhere, data, target)
    assert done.returncode != 0
    assert "refused" in done.stderr
    finished = [path for path in target.iterdir() if path.suffix != ".part"]
    assert len(finished) == 20
