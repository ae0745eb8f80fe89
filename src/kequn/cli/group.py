"""What all groups of commands share."""

from __future__ import annotations

import typer


def alone(context: typer.Context) -> bool:
    """Whether a group was called without one of its commands."""
    return context.invoked_subcommand is None


def help_alone(context: typer.Context) -> None:
    """Print the help of a group that was called without one of its commands."""
    if alone(context):
        typer.echo(context.get_help())
