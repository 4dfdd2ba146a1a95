"""What gunicorn runs: `gunicorn -c deploy/gunicorn.conf.py server.wsgi:app`."""

from __future__ import annotations

from server import app as application
from server import wiring
from server.kernel import log
from server.kernel.settings import Settings

settings = Settings.from_env()
log.configure(settings.log_level)
app = application.create_app(wiring.build(settings))
