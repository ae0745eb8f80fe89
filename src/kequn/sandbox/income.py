"""Money that comes in by its season: pay, pensions, subsidies, social security, interest."""

from __future__ import annotations

import numpy as np

from kequn.sandbox.codes import KIND, TELLER
from kequn.sandbox.draws import occurrences, yuan_amounts
from kequn.sandbox.flows import Flows, flows
from kequn.sandbox.lives import Lives
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Bools, Ints

KIND_TRANSFER, KIND_SUBSIDY, KIND_SOCIAL = KIND["transfer"], KIND["subsidy"], KIND["social_security"]
APP = TELLER["app"]
EVERYDAY = (
    (KIND["card_spend"], TELLER["pos"]),
    (KIND["transfer"], TELLER["app"]),
    (KIND["household"], TELLER["app"]),
    (KIND["cash"], TELLER["atm"]),
    (KIND["other"], TELLER["counter"]),
)
EVERYDAY_SHARE = (0.56, 0.2, 0.12, 0.1, 0.02)


def pay_days(people: People, lives: Lives, paid: Ints) -> tuple[Ints, Ints, Bools]:
    """For each of ``paid`` and each month: the day of the pay, its employer, and whether it comes."""
    world = people.world
    plan = people.plan
    change, again = lives.job_change[paid][:, None], lives.paid_again[paid][:, None]
    month = np.arange(plan.months)
    before = people.employer[paid][:, None] + np.zeros(plan.months, np.int64)
    after = (before + 7) % world.market.employers
    day = plan.month_start[month] + world.market.pay_day[before] - 1
    changed = day >= change
    employer = np.where(changed, after, before)
    day = np.where(changed, plan.month_start[month] + world.market.pay_day[after] - 1, day)
    comes = (day < change) | (day >= again)
    comes &= (day > people.joined[paid][:, None]) & (day < lives.retired[paid][:, None])
    comes &= (lives.remaining(plan.month_start[1:][None, :])[paid] > 0.5) & (day < plan.days)
    return day, employer, comes


def payroll(people: People, lives: Lives) -> tuple[Flows, Flows]:
    """Pay, and what is spent or moved away after it.

    The thrifty keep more; who became unhappy moves most of the pay to another bank within days.
    """
    world = people.world
    chance = people.chance("payroll")
    paid = np.flatnonzero(people.employer >= 0)
    day, employer, comes = pay_days(people, lives, paid)
    noise = chance.lognormal(0, 0.05, day.shape)
    bonus = np.isin(np.arange(people.plan.months), world.market.spring) * 1.2
    pay = people.salary[paid][:, None] * world.market.pay_level[employer] * (noise + bonus)
    amount = yuan_amounts(pay, 1)
    row, column = np.nonzero(comes)
    income = flows(paid[row], day[row, column], amount[row, column], "payroll", "auto",
                   counterparty=employer[row, column])  # fmt: skip
    return income, _after_pay(people, lives, chance, (paid, day, comes, amount))


def _after_pay(people: People, lives: Lives, chance: np.random.Generator, pay: tuple[Ints, Ints, Bools, Ints]) -> Flows:
    paid, day, comes, amount = pay
    unhappy = day > lives.unhappy[paid][:, None]
    row, column = occurrences(chance, np.full(day.shape, people.plan.number("spends_after_pay")))
    person = paid[row]
    delay = 1 + chance.exponential(2 + 14 * people.thrift[person])
    share = (1 - people.thrift[person]) * chance.uniform(0.3, 0.9, len(row))
    away = chance.random(len(row)) < np.where(unhappy[row, column], 0.8, 0.12)
    share = np.where(away & unhappy[row, column], np.maximum(share, 0.7), share)
    when = day[row, column] + np.where(away, 1 + delay / 4, delay).astype(np.int64)
    value = -yuan_amounts(share * amount[row, column] / 100, 1)
    kind, channel, category = everyday(chance, len(row))
    kind = np.where(away, KIND_TRANSFER, kind)
    channel = np.where(away, APP, channel)
    happens = comes[row, column] & (when < people.plan.days)
    bank, level = own_cards(people, person)
    made = flows(
        person, when, value, kind, channel, category=np.where(away, -1, category), own=away.astype(np.int64),
        bank=np.where(away, bank, -1), level=np.where(away, level, -1),
    )  # fmt: skip
    return made.where(happens[value != 0])


def own_cards(people: People, person: Ints) -> tuple[Ints, Ints]:
    """Bank and card level of the account that each person has elsewhere."""
    return people.number[person] % 10, people.outside[person]


def everyday(chance: np.random.Generator, size: int) -> tuple[Ints, Ints, Ints]:
    """Kind, channel and merchant category of everyday outflows."""
    pick = chance.choice(len(EVERYDAY), size, p=EVERYDAY_SHARE)
    kind, channel = np.array(EVERYDAY).T
    category = np.where(pick == 0, chance.integers(0, 9, size), -1)
    return kind[pick], channel[pick], category


def pensions(people: People, lives: Lives) -> Flows:
    """A pension on the 15th of each month, for pensioners and for those who retire."""
    plan = people.plan
    chance = people.chance("pensions")
    amount = yuan_amounts(chance.lognormal(8.15, 0.4, len(people)), 1)
    starts = np.where(people.pensioner, people.joined, lives.retired)
    day = np.broadcast_to(plan.month_start[:-1] + 14, (len(people), plan.months))
    comes = (day > np.maximum(starts, people.joined)[:, None]) & (starts < NEVER)[:, None]
    comes &= ~lives.left_by(day)
    person, month = np.nonzero(comes)
    return flows(person, day[person, month], amount[person], "pension", "auto",
                 counterparty=people.world.market.starts["bureau"])  # fmt: skip


def social_security(people: People, active: Bools) -> Flows:
    """Subsidies and refunds on active social-security accounts; some is taken out again."""
    plan = people.plan
    chance = people.chance("social_security")
    rate = np.outer(active, np.full(plan.months, plan.number("subsidies_a_year") / 12))
    person, month = occurrences(chance, rate)
    day = plan.month_start[month] + chance.integers(0, 28, len(month))
    amount = yuan_amounts(chance.lognormal(5.8, 0.7, len(month)))
    kind = np.where(chance.random(len(month)) < 0.6, KIND_SUBSIDY, KIND_SOCIAL)
    made = flows(person, day, amount, kind, "auto", slot="social_security",
                 counterparty=people.world.market.starts["bureau"] + (kind == KIND_SUBSIDY))  # fmt: skip
    return made.where(day > people.joined[person])


def interest(people: People, demand: Ints) -> Flows:
    """Interest on the 20th of each quarter's last month, where it comes to more than very little."""
    plan = people.plan
    month = np.flatnonzero([(plan.first.month + number - 1) % 3 == 2 for number in range(plan.months)])
    chance = people.chance("interest")
    factor = chance.lognormal(0, 0.2, (len(people), len(month)))
    amount = np.floor(demand[:, None] * plan.share("demand_interest_percent") / 4 * factor).astype(np.int64)
    day = plan.month_start[month] + 19
    comes = (amount >= plan.number("interest_least_yuan") * 100) & (day[None, :] > people.joined[:, None])
    person, column = np.nonzero(comes)
    return flows(person, day[column], amount[person, column], "interest", "auto")
