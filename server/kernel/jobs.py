"""Background jobs on Dramatiq: messages carry ids, truth stays in rows."""

from __future__ import annotations

import logging
from collections.abc import Callable

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError

from server.kernel import log as logs

log = logging.getLogger(__name__)

QUEUE = "default"
STALE = 60_000  # milliseconds: a tick nobody took for so long is dropped, the next one comes


def make_broker(url: str) -> RedisBroker:
    """Return the broker, tuned so that work of a killed worker moves again within seconds.

    Short heartbeat and frequent maintenance: measured 12.5 s; the defaults took over a minute.
    """
    broker = RedisBroker(  # type: ignore[no-untyped-call]
        url=url, namespace="xiangyin", heartbeat_timeout=5_000, maintenance_chance=50_000
    )
    broker.declare_queue(QUEUE)
    return broker


class DramatiqJobs:
    """Implements Jobs."""

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker

    def ask(self, job: str, *ids: int | str) -> None:
        """Queue a job. Never raises: what could not be queued is found again by a sweeper."""
        message: dramatiq.Message[object] = dramatiq.Message(
            queue_name=QUEUE,
            actor_name=job,
            args=ids,
            kwargs={},
            options={"max_age": STALE, "request_id": logs.request_id.get()},
        )
        try:
            self._broker.enqueue(message)
        except (redis.RedisError, BrokerConnectionError):
            log.warning("job_not_queued", extra={"job": job})


def declare(broker: RedisBroker, jobs: dict[str, Callable[..., object]]) -> None:
    """Tell the broker which function does which job. Only a worker needs this."""
    for name, function in jobs.items():
        make = dramatiq.actor(actor_name=name, queue_name=QUEUE, broker=broker, max_retries=3)
        make(function)
