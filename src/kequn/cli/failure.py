"""Errors as a person can use them: the user's fault with a hint, ours with a log file; never a traceback."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.markup import escape

from kequn.cli.screen import console
from kequn.errors import KequnError
from kequn.language import Language
from kequn.workspace import Workspace

USERS_FAULT = 1
OURS = 2
# What may be a person's data in a message of a library: quoted values, long numbers, anything that is not ASCII.
PERSONAL = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\d{4,}|[^\x00-\x7f]+|[\w.+-]+@[\w.-]+")


def users_fault(error: KequnError, as_json: bool) -> int:
    """Show what is wrong and what to do."""
    _show(error.message, error.hint, as_json)
    return USERS_FAULT


def wrong_usage(error: typer.TyperException, as_json: bool, language: Language) -> int:
    """Show a mistake in the command's arguments."""
    command = getattr(getattr(error, "ctx", None), "command_path", "kequn")
    hint = language.pick(f"用法见 {command} --help", f"See {command} --help.")
    _show(error.format_message(), hint, as_json)
    return USERS_FAULT


def our_fault(error: BaseException, args: Sequence[str], as_json: bool, language: Language) -> int:
    """Write a log file and name it in one line."""
    file = _log(error, args)
    kind = type(error).__name__
    message = language.pick(f"程序出错（{kind}），详见日志 {file}", f"Kequn failed ({kind}); details are in {file}")
    hint = language.pick(
        "日志不含客户数据，可随问题一起提交", "The log holds no customer data: attach it to your report."
    )
    _show(message, hint if as_json else "", as_json)
    return OURS


def without_personal_data(text: str) -> str:
    """``text`` with everything replaced that could be a value of a customer."""
    return PERSONAL.sub("…", text)


def _show(message: str, hint: str, as_json: bool) -> None:
    if as_json:
        sys.stderr.write(json.dumps({"error": message, "hint": hint}, ensure_ascii=False) + "\n")
        return
    screen = console(sys.stderr)
    screen.print(f"[bold red]{escape(message)}[/]", highlight=False, soft_wrap=True)
    if hint:
        screen.print(f"[red]{escape(hint)}[/]", highlight=False, soft_wrap=True)


def _log(error: BaseException, args: Sequence[str]) -> Path:
    file = _logs(args) / f"kequn-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.log"
    words = [argument for argument in args if argument.isascii() and argument.isalpha()]
    file.write_text("\n".join(["kequn " + " ".join(words[:2]), *_traceback(error)]) + "\n", "utf-8")
    return file


def _traceback(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or error.__context__
    if cause is not None:
        yield from _traceback(cause)
        yield "which led to:"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield f"{type(error).__name__}: {without_personal_data(str(error))}"


def _logs(args: Sequence[str]) -> Path:
    try:
        folder = Workspace.open(home_of(args)).logs
        folder.mkdir(parents=True, exist_ok=True)
    except (KequnError, OSError):
        return Path(tempfile.gettempdir())
    return folder


def home_of(args: Sequence[str]) -> Path | None:
    """The folder of ``--home`` in ``args``, for when the parser has not come that far."""
    for position, argument in enumerate(args):
        if argument == "--home" and position + 1 < len(args):
            return Path(args[position + 1])
        if argument.startswith("--home="):
            return Path(argument.removeprefix("--home="))
    return None
