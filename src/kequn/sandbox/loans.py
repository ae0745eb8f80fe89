"""Loans: granted before and within the period, repaid monthly, a few of them overdue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.codes import Codes, labels
from kequn.sandbox.draws import yuan_amounts
from kequn.sandbox.files import texts, turns, yuan
from kequn.sandbox.flows import Flows, flows
from kequn.sandbox.lives import Lives
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Bools, Ints

LOAN = Codes("mortgage", "consumer", "car", "business")
AREAS = ("core", "good", "ordinary")
MONTH_DAYS = 30.4375


@dataclass(frozen=True)
class Loans:
    """One entry a loan; ``overdue`` is the number of days overdue at the period's end, ``worst`` in its last year."""

    person: Ints
    kind: Ints
    product: Ints
    amount: Ints
    payment: Ints
    months: Ints
    granted: Ints
    value: Ints
    area: Ints
    overdue: Ints
    worst: Ints

    @property
    def matures(self) -> Ints:
        last: Ints = self.granted + np.rint(self.months * MONTH_DAYS).astype(np.int64)
        return last

    def owed(self, day: int) -> Ints:
        """Outstanding principal in fen on a day, by equal principal parts."""
        paid = np.clip((day - self.granted) / MONTH_DAYS, 0, self.months)
        return np.rint(self.amount * (1 - np.floor(paid) / self.months)).astype(np.int64)


def loans(people: People, lives: Lives, bought: tuple[Ints, Ints]) -> Loans:
    """Loans by kind; ``bought`` are persons and days of loans that contacts brought."""
    plan, count = people.plan, len(people)
    chance = people.chance("loans")
    adult = (people.age > 23) & (people.age < 60)
    married = people.marital == 1
    share = {
        "mortgage": plan.share("mortgage_percent") * (0.6 + married) * (1 + 0.5 * people.band),
        "consumer": plan.share("consumer_loan_percent") * np.exp(0.4 * people.liking[:, 5]),
        "car": plan.share("car_loan_percent") * 3 * people.car,
        "business": plan.share("business_loan_percent") * 8 * people.works_as("self_employed"),
    }
    person, kind, granted = [], [], []
    for name, chosen in share.items():
        has = np.flatnonzero(adult & (chance.random(count) < chosen))
        person.append(has)
        kind.append(np.full(len(has), LOAN[name]))
        age = chance.integers(0, 2400 if name == "mortgage" else 700, len(has))
        granted.append(np.maximum(plan.days - 40 - age, people.joined[has] + 5))
    house = np.flatnonzero(lives.house < NEVER)
    person.append(house)
    kind.append(np.full(len(house), LOAN["mortgage"]))
    granted.append(np.maximum(lives.house[house] + 20, people.joined[house] + 5))
    own = _terms(people, chance, np.concatenate(person), np.concatenate(kind), np.concatenate(granted))
    chance = people.chance("loans by contact")
    made = _both(own, _terms(people, chance, bought[0], np.full(len(bought[0]), LOAN["consumer"]), bought[1]))
    return _kept(made, made.granted < plan.days - 5)


def _terms(people: People, chance: np.random.Generator, person: Ints, kind: Ints, granted: Ints) -> Loans:
    world = people.world
    size = len(person)
    typical = np.array([13.6, 11.2, 11.6, 12.8])[kind]
    amount = yuan_amounts(chance.lognormal(typical, 0.5) * (1 + 0.4 * people.band[person]), 1_000_000)
    months = np.choose(kind, [chance.choice((180, 240, 300, 360), size), chance.choice((24, 36, 60), size),
                              chance.choice((36, 60), size), chance.choice((36, 60), size)])  # fmt: skip
    rate = np.array([0.032, 0.045, 0.042, 0.04])[kind] / 12
    payment = np.rint(amount * rate / (1 - (1 + rate) ** -months)).astype(np.int64)
    mortgage = kind == LOAN["mortgage"]
    late = chance.random(size) < people.plan.share("overdue_percent")
    overdue = np.where(late, chance.integers(1, 120, size), 0)
    worst = np.where(chance.random(size) < 0.04, chance.integers(1, 40, size), overdue)
    among = world.shelf.of("loan", "mortgage"), world.shelf.of("loan", "consumer")
    product = np.where(mortgage, among[0][person % len(among[0])], among[1][person % len(among[1])])
    value = np.where(mortgage, (amount / chance.uniform(0.25, 0.8, size)).astype(np.int64), -1)
    area = np.where(mortgage, chance.choice(3, size, p=(0.2, 0.4, 0.4)), -1)
    return Loans(person, kind, product, amount, payment, months, granted, value, area, overdue,
                 np.maximum(worst, overdue))  # fmt: skip


def _both(one: Loans, other: Loans) -> Loans:
    return Loans(*(np.concatenate([getattr(one, f), getattr(other, f)]) for f in Loans.__dataclass_fields__))


def _kept(made: Loans, chosen: Bools) -> Loans:
    return Loans(*(getattr(made, name)[chosen] for name in made.__dataclass_fields__))


def repayments(people: People, made: Loans) -> Flows:
    """The monthly payment on the 21st, for as long as the loan runs."""
    plan = people.plan
    day = plan.month_start[:-1] + 20
    runs = (day > made.granted[:, None] + 20) & (day < made.matures[:, None])
    runs &= day > people.joined[made.person][:, None]
    row, month = np.nonzero(runs)
    return flows(made.person[row], day[month], -made.payment[row], "loan", "auto")


def loan_ids(people: People, made: Loans) -> pa.Array:
    """Identifiers of the loans."""
    return texts("L", people.number[made.person] * 100 + turns(made.person), 11)


def loan_table(people: People, made: Loans, party: pa.Array, accounts: pa.Array, day: int) -> tuple[pa.Table, Ints]:
    """The standard table as it stands on day number ``day``, and when each row was granted."""
    plan = people.plan
    owed = made.owed(day)
    matured = made.matures <= day
    near = _nearness(plan.days, day)
    data = pa.table(
        {
            "loan_id": loan_ids(people, made),
            "party_id": party,
            "account_id": accounts,
            "product_id": labels(made.product, people.world.shelf.ids),
            "kind": LOAN.texts(made.kind),
            "amount_yuan": yuan(made.amount),
            "balance_yuan": yuan(np.where(matured, 0, owed)),
            "monthly_payment_yuan": yuan(made.payment),
            "granted_on": plan.dates(made.granted),
            "matures_on": plan.dates(made.matures),
            "closed_on": plan.dates(made.matures, ~matured),
            "collateral_value_yuan": yuan(made.value, made.value < 0),
            "collateral_area": labels(made.area, list(AREAS)),
            "days_overdue": np.where(matured, 0, np.maximum(made.overdue - near, 0)),
            "max_days_overdue_12m": np.where(matured, made.worst, np.maximum(made.worst, 0)),
        }
    )
    return data, made.granted


def _nearness(days: int, day: int) -> int:
    return days - 1 - day
