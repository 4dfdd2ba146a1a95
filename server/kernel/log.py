"""Logging: one JSON object per line; constant event names; identifiers, never contents."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

request_id: ContextVar[str] = ContextVar("request_id", default="-")

_SECRET = re.compile(r"(access_token|secret|js_code|session_key|code)=[^&\s\"']+")


def _bind_request(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event["request_id"] = request_id.get()
    return event


def _scrub(_logger: Any, _name: str, line: Any) -> str:
    return _SECRET.sub(r"\1=***", str(line))


def configure(level: str = "INFO") -> None:
    """Send every record of this process to standard error as JSON. Call once, at start."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _bind_request,
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("event"),
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
                _scrub,
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("apscheduler", "urllib3", "dramatiq"):
        logging.getLogger(noisy).setLevel(max(logging.getLevelName(level), logging.WARNING))
