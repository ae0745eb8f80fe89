"""The world around the bank: employers, other banks and their card BINs, exchange rates, festivals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
import numpy as np
import pyarrow as pa

from kequn.sandbox.codes import LEVEL
from kequn.sandbox.plan import Floats, Ints, Plan
from kequn.sandbox.words import company_names, person_names

BANKS = (
    "蓝湾银行",
    "北斗银行",
    "长桥银行",
    "金桂银行",
    "远帆银行",
    "晨曦银行",
    "青禾银行",
    "海石银行",
    "云岭银行",
    "南星银行",
)
CURRENCIES = ("USD", "HKD", "EUR")
RATE_PPM = (7_150_000, 916_000, 7_800_000)
PAY_DAYS = (5, 8, 10, 12, 15, 18, 20, 25, 28)
ZH = {"New Year's Day": "元旦", "Spring Festival": "春节", "Tomb-sweeping Day": "清明", "Labour Day": "劳动节",
      "Dragon Boat Festival": "端午", "National Day": "国庆节", "Mid-autumn Festival": "中秋"}  # fmt: skip


@dataclass(frozen=True)
class Market:
    """``names``: counterparties of postings by number: employers first, then the groups of ``starts``."""

    names: pa.Array
    starts: dict[str, int]
    pay_day: Ints
    pay_level: Floats
    lift: Floats
    spring: Ints

    @property
    def employers(self) -> int:
        return len(self.pay_day)


def market(plan: Plan) -> Market:
    """Draw the surroundings of one bank."""
    chance = plan.chance(0, "market")
    employers = max(20, int(plan.customers / plan.number("customers_per_employer")))
    groups = {
        "employer": company_names(chance, employers, "有限公司"),
        "acquirer": [f"{name}清算" for name in ("通联道", "银融通", "收付达")],
        "school": [
            f"{place}{kind}" for place in ("启明", "求实", "育英", "向阳", "明德") for kind in ("小学", "中学", "学院")
        ],
        "bureau": ["社会保险基金管理局", "财政补贴专户", "税务局", "住房公积金中心"],
        "insurer": ["安澜保险", "泰和远保险", "众诚保险"],
        "person": person_names(chance, 3000).to_pylist(),
    }
    starts: dict[str, int] = {}
    names: list[str] = []
    for group, some in groups.items():
        starts[group] = len(names)
        names += some
    lift, spring = _festivals(plan)
    return Market(
        names=pa.array(names),
        starts=starts,
        pay_day=chance.choice(np.array(PAY_DAYS), employers),
        pay_level=chance.lognormal(0, 0.35, employers),
        lift=lift,
        spring=spring,
    )


def _festivals(plan: Plan) -> tuple[Floats, Ints]:
    """How much more is spent on each day, and the months (by index) in which Spring Festival falls."""
    lift = np.ones(plan.days)
    spring = set()
    for day in range(plan.days + 14):
        here = plan.date_of(day)
        resting, name = _holiday(here)
        if resting and name and day < plan.days:
            lift[day] = max(lift[day], 1.6)
        if name == "Spring Festival":
            lift[max(0, day - 14) : day + 1] = 2.2
            if day < plan.days:
                spring.add(int(plan.month_of(np.array([day]))[0]))
    return lift, np.array(sorted(spring), np.int64)


def _holiday(day: date) -> tuple[bool, str | None]:
    try:
        resting, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return day.weekday() >= 5, None
    return bool(resting), name


def calendar_table(plan: Plan) -> pa.Table:
    """Days of the period's years, as far as official holidays are known."""
    day, rows = date(plan.first.year, 1, 1), []
    while day <= date(plan.end.year, 12, 31):
        resting, name = _holiday(day)
        rows.append((day, not resting, bool(resting and name), ZH.get(name or ""), name))
        day += timedelta(days=1)
    columns = list(zip(*rows, strict=True))
    return pa.table(
        {
            "day": pa.array(columns[0], pa.date32()),
            "workday": pa.array(columns[1]),
            "holiday": pa.array(columns[2]),
            "festival_zh": pa.array(columns[3], pa.string()),
            "festival_en": pa.array(columns[4], pa.string()),
        }
    )


def rates(plan: Plan) -> Ints:
    """Rate of each foreign currency in each month, in millionths; row 0 stands from the day before the period."""
    steps = plan.chance(0, "rates").normal(0, 0.008, (plan.months + 1, len(CURRENCIES)))
    steps[0] = 0
    values: Ints = np.rint(np.array(RATE_PPM) * np.exp(np.cumsum(steps, axis=0))).astype(np.int64)
    return values


def rate_days(plan: Plan) -> Ints:
    """First day of each row of `rates`."""
    return np.concatenate([[-1], plan.month_start[:-1] + 9])


def rate_table(plan: Plan, day: int) -> pa.Table:
    """All rates known on day number ``day``."""
    days, values = rate_days(plan), rates(plan)
    data = pa.table(
        {
            "currency": list(CURRENCIES) * len(days),
            "valid_from": plan.dates(np.repeat(days, len(CURRENCIES))),
            "rate_ppm": values.ravel(),
        }
    )
    return data.filter(pa.array(np.repeat(days, len(CURRENCIES)) <= day))


def bin_numbers(banks: Ints, levels: Ints) -> Ints:
    """Made-up BIN of a debit card of another bank; -1 where there is no bank."""
    return np.where(banks < 0, -1, 991_000 + banks * 10 + levels)


def card_bin_table() -> pa.Table:
    """BINs of all banks: 991 others' debit cards, 992 others' credit cards, 990 our own."""
    rows = [
        (str(start + bank * 10 + level), name, LEVEL.names[level], kind)
        for start, kind in ((991_000, "debit"), (992_000, "credit"))
        for bank, name in enumerate(BANKS)
        for level in range(len(LEVEL))
    ]
    own = ((kind, level) for kind in range(2) for level in range(len(LEVEL)))
    rows += [(f"9900{kind}{level}", "样板银行", LEVEL.names[level], ("debit", "credit")[kind]) for kind, level in own]
    return pa.table(dict(zip(("bin", "bank", "level", "kind"), map(list, zip(*rows, strict=True)), strict=True)))
