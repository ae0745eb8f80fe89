"""Cells: how many customers share the same flags, tier, age band and number of products.

Everything that is counted about segments (sizes, overlaps, cross-coverage, white lists) is counted on these few
thousand rows, so that the customers themselves are read once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue
from kequn.workspace import Settings

CELL = "tier_rank, age_band, product_band"
MOST_FLAGS = 62


def flags(definitions: Catalogue, settings: Settings) -> list[str]:
    """Segments and product flags that are counted, segments first; a flag's place is its bit in ``mask``.

    Raises KequnError where a white list or the setting names something that is no flag of a customer.
    """
    wanted = list(definitions.segments)
    types = definitions.types
    known = [name for name, kind in types.items() if kind == "BOOLEAN"]
    for origin, name in _named(definitions, settings):
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {close[0]}?" if close else "Name a segment or a tag of type BOOLEAN."
            raise KequnError(f"{origin}: {name} is neither a segment nor a flag.", hint)
        if name not in wanted:
            wanted.append(name)
    if len(wanted) > MOST_FLAGS:
        raise KequnError(f"Segments and products are {len(wanted)} flags, more than {MOST_FLAGS}.", "Count fewer.")
    return wanted


def _named(definitions: Catalogue, settings: Settings) -> Iterator[tuple[str, str]]:
    """Where a flag is named, and its name."""
    products = settings["segments.matrix_products"]
    for name in products if isinstance(products, list) else [products]:
        yield "setting segments.matrix_products", str(name)
    for segment in definitions.segments.values():
        for name in segment.white_list:
            yield f"segments/{segment.name}.yaml, white_list", name


def placed(names: list[str]) -> str:
    """Columns mask, tier_rank, age_band and product_band, to be selected from ``customer``."""
    worth = (f"CASE WHEN {name} THEN CAST({1 << place} AS BIGINT) ELSE 0 END" for place, name in enumerate(names))
    return f"""{" + ".join(worth) or "CAST(0 AS BIGINT)"} AS mask, COALESCE(tier_rank, 0) AS tier_rank,
        COALESCE(age // setting('segments.age_band_years'), -1) AS age_band,
        LEAST(COALESCE(product_count, 0), setting('segments.product_count_most')) AS product_band"""


def cell_query(definitions: Catalogue, parameters: Parameters) -> Query:
    """Table ``segment_cell``: mask, tier_rank, age_band, product_band, customers, aum_fen; reads ``customer``."""
    text = f"""
        SELECT mask, {CELL}, COUNT(*) AS customers, isum(aum) AS aum_fen
        FROM (SELECT {placed(flags(definitions, parameters.settings))}, COALESCE(aum, 0) AS aum FROM customer) AS placed
        GROUP BY mask, {CELL}"""
    return compile_query(text, parameters, "segment_cell")


def bits(names: list[str], kinds: Mapping[str, str]) -> str:
    """A small table of the flags that have a kind: name, kind and the value of their bit."""
    listed = [
        f"SELECT '{name}' AS name, '{kinds[name]}' AS kind, CAST({1 << place} AS BIGINT) AS bit"
        for place, name in enumerate(names)
        if name in kinds
    ]
    none = "SELECT '' AS name, '' AS kind, CAST(1 AS BIGINT) AS bit FROM segment_cell WHERE FALSE"
    return " UNION ALL ".join(listed) or none


def kinds(definitions: Catalogue, names: list[str]) -> dict[str, str]:
    """``segment`` or ``product`` for each flag."""
    return {name: "segment" if name in definitions.segments else "product" for name in names}
