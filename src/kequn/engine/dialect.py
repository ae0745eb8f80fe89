"""The SQL that Kequn reads and writes, where it differs from what sqlglot alone would make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator
from sqlglot.parsers.duckdb import DuckDBParser

from kequn.engine.macros import MACROS


class Definitions(DuckDB):
    """DuckDB's SQL as definitions are written: the names of our macros are ours, whatever sqlglot knows by them."""

    class Parser(DuckDBParser):
        """Reads definitions."""

        FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {
            name: build for name, build in DuckDBParser.FUNCTIONS.items() if name.lower() not in MACROS
        }


class KequnSpark(Spark):
    """Spark SQL with the few DuckDB functions that our macros expand to."""

    class Generator(SparkGenerator):
        """Writes an expression tree as Spark SQL."""

        NAMES: ClassVar[dict[str, str]] = {"TO_MONTHS": "MAKE_YM_INTERVAL(0, {0})"}

        def anonymous_sql(self, expression: exp.Anonymous) -> str:
            """A function that sqlglot does not know, by its name in Spark."""
            template = self.NAMES.get(str(expression.this).upper())
            if template is None:
                return str(super().anonymous_sql(expression))
            return template.format(*(self.sql(argument) for argument in expression.expressions))
