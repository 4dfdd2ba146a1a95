"""乡音 Xiangyin: the server. The map is ARCHITECTURE.md beside this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> Flask:
    """What `flask --app server` finds: the commands for operators (server/cli.py)."""
    from server.cli import create_app as commands  # only when asked: the package stays light

    return commands()
