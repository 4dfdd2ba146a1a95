"""How gunicorn runs the web process. Addresses and counts may be overruled on its command line."""

import gc
from pathlib import Path

from server.kernel.settings import Settings

_settings = Settings.from_env()  # a bad setting stops the start here, with its sentence

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 2
threads = 32  # most of a callback's time is spent waiting: for the database, rarely for WeChat
preload_app = False  # every worker builds its own engine and Redis connections after the fork
timeout = 30
graceful_timeout = 6
keepalive = 15
max_requests = 0
backlog = 1024
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (heartbeat files)
forwarded_allow_ips = "127.0.0.1,::1"  # nginx of the same machine
control_socket_disable = True
accesslog = None  # the application writes one line per request itself, without query strings
errorlog = "-"
loglevel = _settings.log_level.lower()
proc_name = "xiangyin-web"


def post_fork(_server: object, _worker: object) -> None:
    """Import without the collector: all of it stays, there is nothing to find."""
    gc.disable()


def post_worker_init(_worker: object) -> None:
    gc.freeze()
    gc.enable()
