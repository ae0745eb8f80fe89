"""What the scores of the night say of each customer as a taker: chances by class and channel, value by class."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kequn.decisions.tonight import Tonight
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query

# Which column of which score says how likely a class is taken, the first that the night has.
BASES = {"response": ("score_uplift", "response"), "uplift": ("score_uplift", "uplift")}


def taker_columns(tonight: Tonight) -> list[str]:
    """``response_<class>`` (a chance), ``value_<class>`` (fen), ``chance_<channel>`` to answer, ``chance_mean``."""
    classes, channels = _classes(tonight), _channels(tonight)
    each = [f"response_{name}" for name in classes] + [f"value_{name}" for name in classes]
    return [*each, *(f"chance_{name}" for name in channels), "chance_mean"]


def taker_query(parameters: Parameters, present: Mapping[str, Collection[str]], tonight: Tonight) -> Query:
    """One row a customer with ``taker_columns``; what no score of the night says is NULL.

    ``present``: columns of the night's tables by name.
    """
    classes, channels = _classes(tonight), _channels(tonight)
    joins, known = "", dict[str, str]()
    table, column = BASES[parameters.settings.text("decisions.basis")]
    if table in present:
        picked = {f"response_{name}": f"MAX(CASE WHEN product_class = '{name}' THEN {column} END)" for name in classes}
        joins += _joined("u", table, picked, known)
    elif "score_class" in present:
        scored = [name for name in classes if f"chance_{name}" in present["score_class"]]
        known |= {f"response_{name}": f"d.chance_{name}" for name in scored}
        joins += " LEFT JOIN score_class AS d ON b.customer_id = d.customer_id"
    if "score_value" in present:
        picked = {f"value_{name}": f"MAX(CASE WHEN product_class = '{name}' THEN value_fen END)" for name in classes}
        joins += _joined("v", "score_value", picked, known)
    if "score_channel" in present:
        picked = {f"chance_{name}": f"MAX(CASE WHEN channel = '{name}' THEN probability END)" for name in channels}
        picked["chance_mean"] = (
            "share(SUM(CAST(ROUND(probability * 1000000000) AS BIGINT)), COUNT(probability) * 1000000000)"
        )
        joins += _joined("n", "score_channel", picked, known)
    shown = ", ".join(f"CAST({known.get(name, 'NULL')} AS {_kind(name)}) AS {name}" for name in taker_columns(tonight))
    return compile_query(f"SELECT b.customer_id, {shown} FROM customer_base AS b{joins}", parameters, "decision takers")


def _joined(alias: str, table: str, picked: dict[str, str], known: dict[str, str]) -> str:
    known |= {name: f"{alias}.{name}" for name in picked}
    columns = ", ".join(f"{text} AS {name}" for name, text in picked.items())
    rows = f"SELECT customer_id, {columns} FROM {table} GROUP BY customer_id"
    return f" LEFT JOIN ({rows}) AS {alias} ON b.customer_id = {alias}.customer_id"


def _kind(name: str) -> str:
    return "BIGINT" if name.startswith("value_") else "DOUBLE"


def _classes(tonight: Tonight) -> list[str]:
    return sorted({tonight.klass(offer) for _, offer in tonight.offers} - {""})


def _channels(tonight: Tonight) -> list[str]:
    return sorted({pair.channel for pair in tonight.bids.pairs})
