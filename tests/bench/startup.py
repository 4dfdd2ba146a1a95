"""Axis `startup`: from starting gunicorn to the first answer of the web process."""

from tests.bench.figures import tell
from tests.bench.hosts import Installation, Web

RUNS = 5


def run() -> None:
    seconds = []
    with Installation() as installation:
        for _ in range(RUNS):
            with Web(installation, "server.wsgi:app", "/healthz") as web:
                seconds.append(web.seconds)
    tell("startup", "seconds", seconds, "s")
