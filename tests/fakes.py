"""Stand-ins for the world outside: real classes with memory and a script, no mocks."""

import threading
from datetime import timedelta

from server.ports import Outcome, Result


class Messenger:
    """Remembers what was sent; `script` holds outcomes, or functions of the message, to give."""

    def __init__(self, *script):
        self.sent, self.script, self._lock = [], list(script), threading.Lock()

    def send(self, message):
        with self._lock:
            self.sent.append(message)
            step = self.script.pop(0) if self.script else None
            number = len(self.sent)
        if callable(step):
            step = step(message)
        return step or Outcome(Result.ACCEPTED, 0, f"ref{number}")


class NoLimit:
    def take(self, bucket, now):
        return timedelta(0)


class RememberedJobs:
    def __init__(self):
        self.asked = []

    def ask(self, job, *ids):
        self.asked.append((job, *ids))
