"""A customer's money: month-ends of 24 months by class with contacts marked, and what is held now."""

from __future__ import annotations

from datetime import date

from kequn.engage.customers import layout
from kequn.engage.customers.words import ASSETS, of
from kequn.engage.language import say
from kequn.engage.site import figures
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Night, Rows
from kequn.engage.site.words import CHANNELS

MARKS_MOST = 8
LABELS_APART = 3  # months between two marks that both carry a word


def month_ends(night: Night, customer_id: int) -> tuple[list[date], dict[str, list[int]]]:
    """First days of the months shown, and for each class the balance at each month's end in fen (the last: now)."""
    text = f"SELECT * FROM ({layout.rows(night, layout.SERIES, 'account.customer_id = $id')}) WHERE customer_id = $id"
    months = _months(night.as_of)
    place = {month: number for number, month in enumerate(months)}
    changed: dict[str, list[int]] = {}
    for row in night.rows(text, id=customer_id):
        changed.setdefault(row["asset_class"], [0] * len(months))[place[row["month"]]] += row["change_fen"]
    order = [name for name in ASSETS if name in changed]
    return months, {name: _running(changed[name]) for name in order}


def chart(night: Night, customer_id: int) -> Chart:
    """The money of 24 months, stacked by class; months with a contact carry its channel."""
    months, held = month_ends(night, customer_id)
    labels = [f"{month:%Y-%m}" for month in months]
    rows = [[label, *(held[name][number] for name in held)] for number, label in enumerate(labels)]
    now, before = (sum(each[at] for each in held.values()) for at in (-1, 0))
    by = figures.money(abs(now - before))
    more = say(f"增加 {by}", f"{by} more") if now >= before else say(f"减少 {by}", f"{by} less")
    return Chart(
        "aum", "area", say(f"两年来金融资产{more}", f"{more} money here than two years ago"), "fen",
        [say("月末", "Month's end"), *(of(ASSETS, name) for name in held)], rows if held else [], stacked=True,
        marks=_marks(night, customer_id, months[0]),
        note=say("各月末余额，最后一点为数据日；虚线为触达所在月份。",
                 "Balances at each month's end, the last point today; dotted lines are months with a contact."),
    )  # fmt: skip


def holdings(night: Night, customer_id: int) -> Rows:
    """Open accounts with class, product, maturity and balance in their own currency, largest first."""
    night.bank("product")
    sums = layout.rows(night, layout.HELD, "account.customer_id = $id")
    text = f"""
        WITH held AS (SELECT * FROM account WHERE customer_id = $id AND closed_on IS NULL),
        sums AS (SELECT account_id, balance_fen FROM ({sums}) WHERE customer_id = $id),
        shelf AS (
          SELECT product_id, ANY_VALUE(name_zh) AS name_zh, ANY_VALUE(name_en) AS name_en,
            MAX(risk_level) AS risk_level
          FROM product WHERE product_id IN (SELECT product_id FROM held) GROUP BY product_id
        )
        SELECT held.asset_class, held.term, held.product_id, held.currency, held.opened_on, held.matures_on,
          shelf.name_zh, shelf.name_en, shelf.risk_level, COALESCE(sums.balance_fen, 0) AS balance_fen,
          DATE_DIFF('day', CAST($as_of AS DATE), held.matures_on) AS days_left
        FROM held LEFT JOIN sums USING (account_id) LEFT JOIN shelf USING (product_id)
        ORDER BY balance_fen DESC, held.account_id"""
    return [row | {"class": of(ASSETS, row["asset_class"])} for row in
            night.rows(text, id=customer_id, as_of=night.as_of)]  # fmt: skip


def _marks(night: Night, customer_id: int, first: date) -> list[tuple[str, str]]:
    """Month and channels of the latest months with a contact."""
    text = f"""SELECT STRFTIME(contacted_at, '%Y-%m') AS month, LIST(DISTINCT channel) AS channels
        FROM ({layout.of_party(night, "contact")})
        WHERE contacted_at >= $first AND contacted_at < $as_of + INTERVAL 1 DAY
        GROUP BY 1 ORDER BY 1 DESC LIMIT {MARKS_MOST}"""
    marks: list[tuple[str, str]] = []
    for row in reversed(night.rows(text, id=customer_id, first=first, as_of=night.as_of)):
        near = marks and _apart(marks[-1][0], row["month"]) < LABELS_APART
        marks.append((row["month"], "" if near else of(CHANNELS, min(row["channels"]))))
    return marks


def _apart(one: str, other: str) -> int:
    """Months from one (2026-05) to the other."""
    first, second = (int(text[:4]) * 12 + int(text[5:]) for text in (one, other))
    return second - first


def _months(as_of: date) -> list[date]:
    """The first days of the month of ``as_of`` and of the 24 before, oldest first."""
    last = as_of.year * 12 + as_of.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(last - layout.MONTHS, last + 1)]


def _running(changes: list[int]) -> list[int]:
    total, ends = 0, []
    for change in changes:
        total += change
        ends.append(total)
    return ends
