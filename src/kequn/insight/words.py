"""Figures in words, as SQL expressions: the same text on every engine, in Chinese and in English.

Money and shares are rounded half up by whole-number arithmetic; nothing is formatted by an engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from kequn.insight.catalogue import Tag

Language = Literal["zh", "en"]

# What one hundred fen are called after a Chinese figure.
YUAN_ZH = {"CNY": "元", "USD": "美元", "HKD": "港元", "EUR": "欧元", "CZK": "捷克克朗"}
# Largest unit first: fen in one, decimals shown, word after the figure.
UNITS: Mapping[Language, tuple[tuple[int, int, str], ...]] = {
    "zh": ((10_000_000_000, 2, "亿"), (1_000_000, 1, "万"), (100, 0, "")),
    "en": ((100_000_000_000, 2, "B"), (100_000_000, 2, "M"), (100_000, 1, "K"), (100, 0, "")),
}
UNKNOWN: Mapping[Language, str] = {"zh": "未知", "en": "unknown"}


def tag_in_words(tag: Tag, language: Language, currency: str, form: str = "") -> str:
    """SQL text for the value of ``tag`` in words; NULL reads as unknown.

    ``form`` is one of the names in FORMS, else the tag's unit decides: fen as money, a date, a code by its label, a
    share or percentage with its sign, everything else as it stands.
    """
    shown = form or {"fen": "yuan", "date": "date", "code": "code", "share": "share", "percent": "percent"}.get(
        tag.unit, "plain"
    )
    words = {
        "yuan": lambda: money(tag.name, language, currency),
        "date": lambda: day(tag.name, language),
        "code": lambda: label(tag, language),
        "share": lambda: share(tag.name),
        "percent": lambda: f"CAST({tag.name} AS VARCHAR) || '%'",
        "plain": lambda: f"CAST({tag.name} AS VARCHAR)",
    }[shown]()
    return f"COALESCE({words}, '{UNKNOWN[language]}')"


FORMS = ("yuan", "date", "code", "share", "percent", "plain")


def money(fen: str, language: Language, currency: str) -> str:
    """SQL text for an amount, e.g. ``12.3万元`` or ``CNY 123.4K``: the largest unit in which it is at least 1."""
    size = f"ABS({fen})"
    branches, smaller = "", list(UNITS[language])
    for unit, decimals, word in smaller[:-1]:
        branches += f" WHEN {_reaches(size, unit, UNITS[language])} THEN {_figure(size, unit, decimals)} || '{word}'"
    unit, decimals, word = smaller[-1]
    figure = f"CASE{branches} ELSE {_figure(size, unit, decimals)} END"
    minus = f"CASE WHEN {fen} <= -50 THEN '-' ELSE '' END"
    if language == "zh":
        return f"({minus} || {figure} || '{YUAN_ZH.get(currency, currency)}')"
    return f"('{currency} ' || {minus} || {figure})"


def day(date: str, language: Language) -> str:
    """SQL text for a date: ``2025年3月1日`` or ``2025-03-01``."""
    if language == "en":
        return f"CAST({date} AS VARCHAR)"
    parts = (f"CAST(EXTRACT({part} FROM {date}) AS VARCHAR)" for part in ("YEAR", "MONTH", "DAY"))
    year, month, number = parts
    return f"({year} || '年' || {month} || '月' || {number} || '日')"


def share(value: str) -> str:
    """SQL text for a share of 1 as whole percent, e.g. ``38%``."""
    return f"(CAST(CAST(FLOOR({value} * 100 + 0.5) AS BIGINT) AS VARCHAR) || '%')"


def label(tag: Tag, language: Language) -> str:
    """SQL text for the label of a code; a code without a label stands for itself."""
    if not tag.values:
        return tag.name
    place = 0 if language == "zh" else 1
    cases = " ".join(f"WHEN {text(code)} THEN {text(labels[place])}" for code, labels in tag.values.items())
    return f"(CASE {tag.name} {cases} ELSE {tag.name} END)"


def text(words: str) -> str:
    """``words`` as an SQL literal."""
    return "'" + words.replace("'", "''") + "'"


def _figure(size: str, unit: int, decimals: int) -> str:
    """Digits of size/unit, rounded half up, without zeros at the end."""
    step = unit // 10**decimals
    rounded = f"({size} + {step // 2}) // {step}"
    if decimals == 0:
        return f"CAST({rounded} AS VARCHAR)"
    whole, rest = f"CAST({rounded} // {10**decimals} AS VARCHAR)", f"CAST({rounded} % {10**decimals} AS VARCHAR)"
    return f"RTRIM(RTRIM({whole} || '.' || LPAD({rest}, {decimals}, '0'), '0'), '.')"


def _reaches(size: str, unit: int, units: tuple[tuple[int, int, str], ...]) -> str:
    """Whether the amount, as rounded in the next smaller unit, is one of this unit."""
    below, decimals, _ = units[[each[0] for each in units].index(unit) + 1]
    step = below // 10**decimals
    return f"{size} + {step // 2} >= {unit}"
