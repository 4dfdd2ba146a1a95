"""What every group of commands shares: the toolbox, and refusals told in one line."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from server import wiring
from server.kernel.errors import AppError, Refused
from server.kernel.settings import Settings
from server.toolbox import Toolbox


def toolbox() -> Toolbox:
    return wiring.build(Settings.from_env())


class KindGroup(AppGroup):
    """Turns our refusals into one clear line instead of a trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refused as error:
            fields = error.details.get("fields")
            lines = (
                [f"{name}: {'；'.join(words)}" for name, words in fields.items()]
                if isinstance(fields, dict)
                else [f"{error} {error.details or ''}"]
            )
            raise click.ClickException("\n".join(lines)) from None
        except AppError as error:
            raise click.ClickException(f"{error} {error.details or ''}") from None
