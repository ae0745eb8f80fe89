"""Structured logs, one JSON object a line, without personal data: names of views and numbers, never contents."""

from __future__ import annotations

import logging
import logging.config
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from kequn.workspace import Workspace


def logging_for(workspace: Workspace) -> None:
    """Send the logs of the console and of Django to logs/console.jsonl of the workspace, warnings also to stderr."""
    workspace.logs.mkdir(parents=True, exist_ok=True)
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    logging.config.dictConfig({
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # Without the values of variables: they may be what somebody searched for.
                    structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {
            "file": {
                "class": "logging.handlers.TimedRotatingFileHandler", "filename": workspace.logs / "console.jsonl",
                "when": "midnight", "backupCount": 30, "formatter": "json", "encoding": "utf-8", "delay": True,
            },
            "terminal": {"class": "logging.StreamHandler", "level": "ERROR", "formatter": "json"},
        },
        "root": {"handlers": ["file", "terminal"], "level": "INFO"},
        # Django logs the addresses of failed requests, which may hold what was searched for.
        "loggers": {"django.request": {"level": "CRITICAL"}, "django.server": {"level": "CRITICAL"}},
    })  # fmt: skip
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
