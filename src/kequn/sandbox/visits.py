"""What people do in the app: logins, views, searches, transfers, bills, messages, complaints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.codes import CHANNEL, Codes, labels
from kequn.sandbox.contacts import Contacts
from kequn.sandbox.draws import occurrences, products
from kequn.sandbox.files import texts
from kequn.sandbox.lives import Lives
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Floats, Ints
from kequn.sandbox.trades import PLACE, Trades

ACTION = Codes("login", "view_product", "search", "transfer", "pay_bill", "open_message", "complaint")
BESIDES = {"view_product": 0.22, "search": 0.08, "transfer": 0.12, "pay_bill": 0.08, "open_message": 0.05}
"""How many other actions come with a login, on average."""


@dataclass(frozen=True)
class Visits:
    """One entry an action; ``product`` is -1 where none was looked at."""

    person: Ints
    day: Ints
    second: Ints
    action: Ints
    product: Ints


def visits(people: People, lives: Lives, bought: Trades, made: Contacts) -> Visits:
    """All actions of the app's users; the unhappy log in less and complain more."""
    plan = people.plan
    chance = people.chance("visits")
    user, login_month = occurrences(chance, _logins(people, lives))
    day = plan.month_start[login_month] + chance.integers(0, 28, len(user))
    second = chance.integers(7 * 3600, 23 * 3600, len(user))
    parts = [Visits(user, day, second, np.zeros(len(user), np.int64), np.full(len(user), -1))]
    for name, share in BESIDES.items():
        does = np.flatnonzero(chance.random(len(user)) < share)
        product = np.full(len(does), -1)
        if name == "view_product":
            among = np.flatnonzero(people.world.shelf.listed < 0)
            product = _viewed(people, chance, user[does], day[does], among)
        parts.append(Visits(user[does], day[does], second[does] + 60, np.full(len(does), ACTION[name]), product))
    parts += [_before_buying(chance, bought), _messages(chance, made), _complaints(people, lives, chance)]
    found = Visits(*(np.concatenate([getattr(part, name) for part in parts]) for name in Visits.__dataclass_fields__))
    kept = (found.day > people.joined[found.person]) & (found.day >= 0) & (found.day < plan.days)
    return Visits(*(getattr(found, name)[kept] for name in Visits.__dataclass_fields__))


def _logins(people: People, lives: Lives) -> Floats:
    """Expected logins by person and month: down to a third once unhappy, next to none after leaving."""
    start = people.plan.month_start[:-1][None, :]
    rate = people.app_rate[:, None] * np.where(start + 15 > lives.unhappy[:, None], 0.35, 1.0)
    gone = (start > lives.leaves[:, None]) & (lives.halted[:, None] == NEVER)
    return np.where(gone, rate * 0.08, rate)


def _viewed(people: People, chance: np.random.Generator, user: Ints, day: Ints, among: Ints) -> Ints:
    """Products that the viewers like, affordable or not."""
    return products(people, user, day, np.full(len(user), 10**12), among, chance=chance)


def _before_buying(chance: np.random.Generator, bought: Trades) -> Visits:
    """Whoever buys in the app has mostly looked at the product in the days before."""
    looks = np.flatnonzero((bought.place == PLACE["app"]) & (chance.random(len(bought.person)) < 0.7))
    day = bought.day[looks] - chance.integers(0, 6, len(looks))
    second = np.maximum(bought.second[looks] - chance.integers(60, 1800, len(looks)), 1)
    view = np.full(len(looks), ACTION["view_product"])
    return Visits(bought.person[looks], day, second, view, bought.product[looks])


def _messages(chance: np.random.Generator, made: Contacts) -> Visits:
    opened = np.flatnonzero((made.channel == CHANNEL["app"]) & made.delivered & (chance.random(len(made)) < 0.3))
    second = np.minimum(made.second[opened] + 900, 86_399)
    return Visits(made.person[opened], made.day[opened], second, np.full(len(opened), ACTION["open_message"]),
                  made.product[opened])  # fmt: skip


def _complaints(people: People, lives: Lives, chance: np.random.Generator) -> Visits:
    """Complaints of a few at any time, and of many in the weeks after they became unhappy."""
    count, days = len(people), people.plan.days
    draw, wait = chance.random((2, count)), chance.integers(1, 45, count)
    upset = (lives.unhappy < NEVER) & (draw[0] < 0.4)
    person = np.concatenate([np.flatnonzero(upset), np.flatnonzero(draw[1] < 0.01)])
    day = np.where(np.arange(len(person)) < upset.sum(), (lives.unhappy + wait)[person], (wait * days // 45)[person])
    size = len(person)
    return Visits(person, day, chance.integers(9 * 3600, 21 * 3600, size), np.full(size, ACTION["complaint"]),
                  np.full(size, -1))  # fmt: skip


def app_event_table(people: People, made: Visits, party: pa.Array) -> pa.Table:
    """The standard table ``app_event``."""
    return pa.table(
        {
            "event_id": texts("V", people.chunk * 10**8 + np.arange(len(made.person)), 12),
            "party_id": party,
            "happened_at": people.plan.moments(made.day, made.second),
            "kind": ACTION.texts(made.action),
            "product_id": labels(made.product, people.world.shelf.ids),
        }
    )
