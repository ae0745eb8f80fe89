"""Prospect rules compiled into one query over ``customer``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import reduce
from typing import cast

import sqlglot
from sqlglot import exp

from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue, Prospect
from kequn.insight.rules import compile_rule, compile_value
from kequn.insight.words import FORMS, Language, tag_in_words, text

FIELD = re.compile(r"\{(\w+)(?::(\w*))?\}")
NOBODY = """
    SELECT '' AS rule, customer_id, '' AS evidence_zh, '' AS evidence_en, CAST(0 AS BIGINT) AS estimate_fen,
      CAST(0 AS BIGINT) AS confidence_percent, branch_id, org_id, staff_id
    FROM customer WHERE FALSE"""


def prospect_query(definitions: Catalogue, parameters: Parameters) -> Query:
    """Table ``prospect``, one row for each rule and customer it finds; reads ``customer``.

    Columns: rule, customer_id, evidence_zh, evidence_en, estimate_fen (outside or coming money, never negative),
    confidence_percent (0 to 100), branch_id, org_id, staff_id (who is responsible). Raises KequnError that names the
    rule's file and field where it refers to what is not there.
    """
    found: list[exp.Query] = [_select(rule, definitions, parameters) for rule in definitions.prospects.values()]
    if not found:
        return compile_query(NOBODY, parameters, "prospect")
    return Query("prospect", reduce(lambda one, other: exp.union(one, other, distinct=False, copy=False), found))


def _select(rule: Prospect, definitions: Catalogue, parameters: Parameters) -> exp.Select:
    file, types, values = f"prospects/{rule.name}.yaml", definitions.types, definitions.values
    condition = compile_rule(rule.condition, types, parameters, f"{file}, condition", values)
    estimate = compile_value(rule.estimate, types, parameters, f"{file}, estimate", values)
    confidence = compile_value(rule.confidence, types, parameters, f"{file}, confidence", values)
    zh = _evidence(rule.evidence_zh, "zh", definitions, parameters, f"{file}, evidence_zh")
    en = _evidence(rule.evidence_en, "en", definitions, parameters, f"{file}, evidence_en")
    select = exp.Select().from_("customer", copy=False).where(condition, copy=False)
    columns = {
        "rule": exp.convert(rule.name),
        "customer_id": exp.column("customer_id"),
        "evidence_zh": zh,
        "evidence_en": en,
        "estimate_fen": _whole(estimate, "GREATEST(COALESCE({}, 0), 0)"),
        "confidence_percent": _whole(confidence, "LEAST(GREATEST(COALESCE({}, 0), 0), 100)"),
        "branch_id": exp.column("branch_id"),
        "org_id": exp.column("org_id"),
        "staff_id": exp.column("staff_id"),
    }
    # Evidence is large: it is put in place, not copied.
    select.set("expressions", [exp.Alias(this=this, alias=exp.to_identifier(name)) for name, this in columns.items()])
    return select


def _whole(value: exp.Expr, within: str) -> exp.Expr:
    return sqlglot.parse_one(f"CAST({within.format(value.sql('duckdb'))} AS BIGINT)", read="duckdb")


def _evidence(
    template: str, language: Language, definitions: Catalogue, parameters: Parameters, origin: str
) -> exp.Expr:
    """The template as an expression: its words as literals, its fields as figures in words."""
    tags, currency = definitions.tags, parameters.settings.text("bank.currency")
    pieces, end = [], 0
    for field in FIELD.finditer(template):
        name, form = field.group(1), field.group(2) or ""
        if name not in tags:
            raise KequnError(f"{origin}: there is no tag {name}.", _nearest(name, tags))
        if form and form not in FORMS:
            raise KequnError(f"{origin}: there is no form {form}.", f"Use one of {', '.join(FORMS)}.")
        pieces += [text(template[end : field.start()]), tag_in_words(tags[name], language, currency, form)]
        end = field.end()
    joined = " || ".join([*pieces, text(template[end:])])
    tree = compile_query(f"SELECT {joined} AS evidence FROM customer", parameters, origin).tree
    return cast("exp.Select", tree).selects[0].unalias()


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {close[0]}?" if close else "The catalogue lists all tags."
