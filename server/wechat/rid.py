"""The request id WeChat writes at the end of every error message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_RID = re.compile(r"rid:\s*([0-9a-f-]{8,})")


def rid_of(answer: Mapping[str, Any]) -> str | None:
    found = _RID.search(str(answer.get("errmsg", "")))
    return found.group(1) if found else None
