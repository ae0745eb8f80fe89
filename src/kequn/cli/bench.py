"""``kequn bench``: measure speed and memory on this machine."""

from __future__ import annotations

import typer

from kequn.cli.group import help_alone

app = typer.Typer(invoke_without_command=True)


@app.callback()
def bench(context: typer.Context) -> None:
    """Print the group\'s help unless one of its commands is called."""
    help_alone(context)


@app.command(help="夜批性能：与扫描下限、跟进夜、规模之比 | The night: against the scan floor, following, growing")
def night(context: typer.Context) -> None:
    """Measure a night."""
