"""What the grammar asks of single constructs, beyond their being allowed at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeAlias

from sqlglot import exp

from kequn.engine import allowed

# The node to point at, what is wrong, what to write instead.
Finding: TypeAlias = tuple[exp.Expr, str, str]
Find: TypeAlias = Callable[[exp.Expr, exp.Expr], Iterator[Finding]]

DATES = {"as_of", "add_days", "add_months", "month_start", "month_end", "date_of"}


def _join(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    method = str(node.args.get("method") or "").upper()
    if method in ("ASOF", "NATURAL", "POSITIONAL"):
        hint = {"ASOF": "Number the rows with row_number() over a total order and join the first."}
        otherwise = "Name the columns with ON or USING."
        yield node, f"{method} JOIN is not part of the grammar.", hint.get(method, otherwise)


def _table(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    if not isinstance(node.this, exp.Identifier) or "." in node.name or "/" in node.name:
        hint = "Definitions read tables, never files or functions."
        yield node, f"{node.sql('duckdb')} is not a table by name.", hint


def _with(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    if node.args.get("recursive"):
        yield node, "WITH RECURSIVE is not part of the grammar.", ""


def _select(node: exp.Expr, tree: exp.Expr) -> Iterator[Finding]:
    for item in node.expressions:
        if isinstance(item, exp.Null) or (isinstance(item, exp.Alias) and isinstance(item.this, exp.Null)):
            yield item, "a column that is only NULL has no type.", "Write CAST(NULL AS BIGINT), or another type."
    if node is _first_select(tree):
        names = Counter(item.alias_or_name.lower() for item in node.expressions)
        for item in node.expressions:
            if item.is_star:
                yield item, "* hides the columns of the result.", "Name the columns."
            elif not item.alias_or_name:
                yield item, "each column of the result needs a name.", "Write expression AS name."
            elif names[item.alias_or_name.lower()] > 1:
                yield item, f"two columns of the result are named {item.alias_or_name}.", "Write expression AS name."
    distinct = node.args.get("distinct")
    if distinct and distinct.args.get("on"):
        yield distinct, "DISTINCT ON depends on the order of rows.", allowed.TOTAL_ORDER


def _first_select(tree: exp.Expr) -> exp.Expr:
    while isinstance(tree, (exp.SetOperation, exp.Subquery)):
        tree = tree.this
    return tree


def _set_operation(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    if node.args.get("by_name"):
        yield node, "BY NAME is not part of the grammar.", "Name the columns of both sides in the same order."


def _star(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    around = node.parent if isinstance(node.parent, exp.Column) else node
    if isinstance(around.parent, exp.Count):
        return
    if node.args.get("except_") or node.args.get("replace") or node.args.get("except"):
        yield node, "EXCLUDE and REPLACE are not part of the grammar.", "Name the columns."
    select = around.find_ancestor(exp.Select)
    if select is not None and not _reads_own_text(select):
        yield node, "* takes whatever columns a table has.", "Name the columns."


def _reads_own_text(select: exp.Select) -> bool:
    """Whether all that a SELECT reads is written in the same text: subqueries and CTEs."""
    inside = {cte.alias for cte in select.root().find_all(exp.CTE)}
    source = select.args.get("from_") or select.args.get("from")
    read = [source.this if source else None, *(join.this for join in select.args.get("joins") or [])]
    return all(
        isinstance(item, (exp.Subquery, exp.Values)) or (isinstance(item, exp.Table) and item.name in inside)
        for item in read
    )


def _limit(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    if node.parent is not None and not node.parent.args.get("order"):
        yield node, "which rows LIMIT keeps depends on their order.", "Add ORDER BY over a total order."


def _window(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    function = node.this
    while isinstance(function, (exp.IgnoreNulls, exp.Filter)):
        function = function.this
    if isinstance(function, allowed.ORDERED) and not node.args.get("order") and not node.args.get("alias"):
        yield node, f"{function.sql('duckdb')} needs an order.", "Write OVER (... ORDER BY ...), up to a unique column."
    if isinstance(function, exp.GroupConcat):
        yield node, "string_agg() over a window is not part of the grammar.", ""


def _cast(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    kind = node.args["to"]
    if isinstance(node, exp.TryCast):
        yield node, "TRY_CAST is not part of the grammar.", "Tables at rest are typed already; use CAST."
    elif kind.this.value not in allowed.TYPES or kind.expressions:
        known = ", ".join(sorted(set(allowed.TYPES.values())))
        yield node, f"type {kind.sql('duckdb')} is not part of the grammar.", f"Types are {known}."
    elif kind.this.value in ("BIGINT", "INT") and _fractional(node.this):
        yield node, "engines round a DOUBLE differently when it becomes whole.", "Use round(x), floor(x) or ceil(x)."
    elif kind.this.value in ("VARCHAR", "TEXT") and _fractional(node.this):
        yield node, "engines write a DOUBLE differently as text.", "Make it whole first, e.g. round(100 * x)."


def _fractional(node: exp.Expr) -> bool:
    """Whether a number is visibly a DOUBLE."""
    node = node.unnest()
    if isinstance(node, (exp.Add, exp.Sub, exp.Mul)):
        return _fractional(node.left) or _fractional(node.right)
    if isinstance(node, exp.Literal):
        return not node.is_string and not node.is_int
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower() == "share"
    return isinstance(node, exp.Sqrt) or (isinstance(node, exp.Cast) and node.is_type("double"))


def _sum(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    argument = node.expressions[0] if isinstance(node, exp.Anonymous) and node.expressions else node.this
    called = not isinstance(node, exp.Anonymous) or str(node.this).lower() == "isum"
    if called and isinstance(argument, exp.Expr) and _fractional(argument):
        yield node, "a sum of DOUBLE depends on the order of rows.", "Sum whole numbers, then divide with share(a, b)."


def _plus(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    for side in (node.args["this"].unnest(), node.args["expression"].unnest()):
        macro = isinstance(side, exp.Anonymous) and str(side.this).lower() in DATES
        if macro or (isinstance(side, exp.Cast) and side.is_type("date", "timestamp")):
            hint = "Use add_days(d, n) or days_between(a, b)."
            yield node, "engines disagree on + and - with dates.", hint
            return


def _round(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    if node.args.get("decimals"):
        yield node, "round() to decimals is not part of the grammar.", "round(x) gives a whole number."


def _extract(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    if node.name.upper() not in allowed.PARTS_OF_DATES:
        hint = "Use weekday(d): 1 is Monday." if "DOW" in node.name.upper() or "WEEK" in node.name.upper() else ""
        yield node, f"EXTRACT({node.name.upper()} ...) is not part of the grammar.", hint


def _format(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    form = node.args["format"]
    codes = {form.name[i : i + 2] for i, character in enumerate(form.name) if character == "%"}
    if not form.is_string or not codes <= allowed.FORMATS_OF_DATES:
        known = " ".join(sorted(allowed.FORMATS_OF_DATES))
        yield node, "strftime() takes a literal format of plain numbers.", f"Codes are {known}."


def _substring(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    start = node.args.get("start")
    if isinstance(start, exp.Literal) and start.name == "0":
        yield node, "positions in a text count from 1.", ""


def _like(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    pattern = node.args["expression"]
    if not pattern.is_string or "\\" in pattern.name:
        yield node, "LIKE takes a literal pattern without backslashes.", "Use starts_with or contains."


def _joined_text(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    if not node.find(exp.Order):
        hint = "Write string_agg(x, ',' ORDER BY x)."
        yield node, "string_agg() without ORDER BY depends on the order of rows.", hint
    select = node.find_ancestor(exp.Select)
    beside = select.find_all(exp.AggFunc) if select else []
    if any(other is not node and isinstance(other.this, exp.Distinct) for other in beside):
        yield node, "Spark fails on string_agg() beside a DISTINCT aggregate.", "Compute it in a CTE of its own."


def _in(node: exp.Expr, _: exp.Expr) -> Iterator[Finding]:
    """Spark answers FALSE where NULL IN (SELECT ...) is unknown, which only a plain filter does not notice."""
    if node.args.get("query") is None:
        return
    around = node.parent
    while isinstance(around, (exp.And, exp.Or, exp.Paren)):
        around = around.parent
    if not isinstance(around, (exp.Where, exp.Having)):
        yield node, "engines disagree on IN (SELECT ...) with NULLs outside a plain filter.", "Use EXISTS (SELECT ...)."


CONSTRUCTS: tuple[tuple[type[exp.Expr] | tuple[type[exp.Expr], ...], Find], ...] = (
    (exp.Join, _join),
    (exp.Table, _table),
    (exp.With, _with),
    (exp.Select, _select),
    (exp.SetOperation, _set_operation),
    (exp.Star, _star),
    ((exp.Limit, exp.Offset), _limit),
    (exp.Window, _window),
    (exp.Cast, _cast),
    ((exp.Sum, exp.Anonymous), _sum),
    ((exp.Add, exp.Sub), _plus),
    (exp.Round, _round),
    (exp.Extract, _extract),
    (exp.TimeToStr, _format),
    (exp.Substring, _substring),
    ((exp.Like, exp.ILike), _like),
    (exp.GroupConcat, _joined_text),
    (exp.In, _in),
)
