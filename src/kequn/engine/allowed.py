"""What the grammar of definitions contains, and what to write instead of what it does not."""

from __future__ import annotations

from sqlglot import exp

STRUCTURE: tuple[type[exp.Expr], ...] = (
    exp.Select, exp.SetOperation, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join, exp.Table, exp.TableAlias,
    exp.Where, exp.Group, exp.Having, exp.Qualify, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Distinct,
    exp.Values, exp.Tuple, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Paren, exp.Window, exp.WindowSpec,
    exp.Filter, exp.IgnoreNulls, exp.Literal, exp.Boolean, exp.Null, exp.DataType, exp.DataTypeParam, exp.Var,
)  # fmt: skip
OPERATORS: tuple[type[exp.Expr], ...] = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Like, exp.ILike, exp.Exists, exp.Case, exp.If, exp.Cast,
    exp.Add, exp.Sub, exp.Mul, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe,
)  # fmt: skip
FUNCTIONS: tuple[type[exp.Expr], ...] = (
    # values
    exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Sign, exp.Round, exp.Floor, exp.Ceil, exp.Sqrt,
    # text
    exp.Concat, exp.ConcatWs, exp.Substring, exp.Left, exp.Right, exp.Pad, exp.Lower, exp.Upper, exp.Trim, exp.Length,
    exp.Replace, exp.Reverse, exp.StartsWith, exp.Contains, exp.StrPosition, exp.MD5,
    # days
    exp.Extract, exp.Year, exp.Quarter, exp.Month, exp.Day, exp.TimeToStr, exp.LastDay,
    # aggregates whose result does not depend on the order of rows
    exp.Count, exp.Sum, exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr, exp.GroupConcat,
    # windows
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue,
)  # fmt: skip
GRAMMAR = (*STRUCTURE, *OPERATORS, *FUNCTIONS)

# A window over these needs ORDER BY; without one the rows that they look at are in no order.
ORDERED = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)
# Types as sqlglot calls them; the values are DuckDB's names for messages.
TYPES = {
    "BIGINT": "BIGINT", "INT": "INTEGER", "DOUBLE": "DOUBLE", "VARCHAR": "VARCHAR", "TEXT": "VARCHAR", "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP", "TIMESTAMPNTZ": "TIMESTAMP", "BOOLEAN": "BOOLEAN",
}  # fmt: skip
PARTS_OF_DATES = {"YEAR", "QUARTER", "MONTH", "DAY", "HOUR"}
FORMATS_OF_DATES = {"%Y", "%m", "%d", "%H", "%M", "%S"}

TOTAL_ORDER = "Number the rows with row_number() over a total order, and keep the first."
INSTEAD: dict[type[exp.Expr], str] = {
    exp.Div: "Use share(a, b) for a ratio, round_div(a, b) for money; // cuts towards zero.",
    exp.Avg: "Use round_div(isum(x), count(x)) for money, share(isum(x), count(x)) for a ratio.",
    exp.First: TOTAL_ORDER,
    exp.Last: TOTAL_ORDER,
    exp.AnyValue: "Use min(x) or max(x).",
    exp.ArgMax: TOTAL_ORDER,
    exp.ArgMin: TOTAL_ORDER,
    exp.Mode: "Count, and number the counts with row_number() over a total order.",
    exp.ArrayAgg: "Use string_agg(x, ',' ORDER BY x).",
    exp.ApproxDistinct: "Use count(DISTINCT x).",
    exp.Interval: "Use add_days(d, n) or add_months(d, n).",
    exp.CurrentDate: "Use as_of(), the business date.",
    exp.CurrentTimestamp: "Use as_of(), the business date.",
    exp.Rand: "Take digits of md5(...) over a key: the same on every engine and in every run.",
    exp.DateTrunc: "Use month_start(d).",
    exp.TimestampTrunc: "Use month_start(d).",
    exp.DateDiff: "Use days_between(a, b) or months_between_starts(a, b).",
    exp.DateAdd: "Use add_days(d, n) or add_months(d, n).",
    exp.DateFromParts: "Use add_days(month_start(d), n).",
    exp.RegexpLike: "Use LIKE, starts_with or contains.",
    exp.Pow: "Multiply.",
    exp.Array: "Use a CTE of rows: SELECT 1 AS n UNION ALL SELECT 2.",
    exp.Struct: "Name each column.",
    exp.Unnest: "Join a CTE of rows: SELECT 1 AS n UNION ALL SELECT 2.",
    exp.TableSample: "Take digits of md5(...) over a key: the same on every engine and in every run.",
    exp.CountIf: "Use count(*) FILTER (WHERE ...).",
}
FUNCTION_INSTEAD = {
    "now": "Use as_of(), the business date.",
    "today": "Use as_of(), the business date.",
    "hash": "Use md5(CAST(x AS VARCHAR)).",
    "to_days": "Use add_days(d, n).",
    "to_months": "Use add_months(d, n).",
    "isodow": "Use weekday(d): 1 is Monday.",
}
