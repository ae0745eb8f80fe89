"""The yield of prospect rules: how many on a list rose a tier in the quarter after, beside like customers not on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kequn.engage.insight import past
from kequn.engage.insight.frame import Frame
from kequn.engine.publish import Published

QUARTER = 3  # months from a list to its yield


@dataclass(frozen=True)
class Yield:
    """Of ``listed`` customers of a past list ``promoted`` rose a tier, ``like`` is the share of like customers.

    ``matched`` of them have like customers: off every list, same tier, near the next one or not, and an average
    within the same half octave (a factor of 1.41). ``like`` weighs those as the matched; None where nobody matches.
    """

    listed: int
    promoted: int
    matched: int
    matched_promoted: int
    like: float | None

    @property
    def share(self) -> float | None:
        return self.promoted / self.listed if self.listed else None


@dataclass(frozen=True)
class Known:
    """``rules`` by name, read from the list of ``since``; None where none is old enough, and then ``on`` says when."""

    since: date | None
    on: date
    rules: dict[str, Yield]


def yields(frame: Frame, months: int = QUARTER) -> Known:
    """Yields by tonight of the newest list that is ``months`` old, within the scope."""
    nights = [each for each in past.months(frame.night) if "prospect" in each.manifest["tables"]]
    old = [each for each in nights if _later(each.as_of, months) <= frame.night.as_of]
    if not old:
        first = nights[0].as_of if nights else frame.night.as_of
        return Known(None, _later(first, months), {})
    found = frame.kept(("yield", old[-1].folder.name), lambda: _counted(frame, old[-1]))
    return Known(old[-1].as_of, frame.night.as_of, found)


def _later(day: date, months: int) -> date:
    """The day ``months`` later; the month's last where it has no such day, and from a month's last day always."""
    number = day.year * 12 + day.month - 1 + months
    first, following = (date(place // 12, place % 12 + 1, 1) for place in (number, number + 1))
    last = (following - first).days
    ends = day.month != date.fromordinal(day.toordinal() + 1).month
    return first.replace(day=last if ends else min(day.day, last))


def _counted(frame: Frame, night: Published) -> dict[str, Yield]:
    where, values = frame.scope.condition("then_customer")
    rows = frame.night.rows(
        f"""
        WITH then_customer AS (SELECT * FROM read_parquet($customers)),
        listed AS (SELECT rule, customer_id FROM read_parquet($prospects)),
        person AS (
          SELECT then_customer.customer_id, then_customer.tier_rank AS rung, then_customer.tier_near AS near,
            FLOOR(LOG2(GREATEST(then_customer.aum_month_avg, 1)) * 2) AS worth,
            CASE WHEN customer.tier_rank > then_customer.tier_rank THEN 1 ELSE 0 END AS rose
          FROM then_customer LEFT JOIN customer ON then_customer.customer_id = customer.customer_id
          WHERE {where}
        ),
        like_group AS (
          SELECT rung, near, worth, AVG(rose) AS rose FROM person
          WHERE customer_id NOT IN (SELECT customer_id FROM listed) GROUP BY ALL
        )
        SELECT listed.rule, COUNT(*) AS listed, SUM(person.rose)::BIGINT AS promoted,
          COUNT(like_group.rose) AS matched,
          COALESCE(SUM(person.rose) FILTER (like_group.rose IS NOT NULL), 0)::BIGINT AS matched_promoted,
          AVG(like_group.rose)::DOUBLE AS like_share
        FROM listed JOIN person ON listed.customer_id = person.customer_id
        LEFT JOIN like_group ON person.rung = like_group.rung AND person.near IS NOT DISTINCT FROM like_group.near
          AND person.worth = like_group.worth
        GROUP BY listed.rule""",
        customers=past.files(night, "customer"), prospects=past.files(night, "prospect"), **values,
    )  # fmt: skip
    return {
        row["rule"]: Yield(
            row["listed"], row["promoted"], row["matched"], row["matched_promoted"], row["like_share"]
        )
        for row in rows
    }  # fmt: skip
