"""Which e-mail addresses a letter can be sent to: asked by the register and by the sender. Pure."""

from __future__ import annotations

import re

LONGEST, LONGEST_NAME = 254, 64  # RFC 5321 §4.5.3.1
# The plain form of RFC 5322 §3.4.1, in ASCII: without SMTPUTF8 no other reaches every server.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LAST = r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@(?:{_LABEL}\.)+{_LAST}")


def reachable(address: str) -> bool:
    """Tell whether a mail can be addressed like this; whether somebody reads it, nobody knows."""
    found = _PLAIN.fullmatch(address)
    return found is not None and len(address) <= LONGEST and len(found[1]) <= LONGEST_NAME
