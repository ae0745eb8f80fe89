"""One chunk of customers from the first draw to the landed files; chunks depend on the plan and on nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from kequn.sandbox import truth
from kequn.sandbox.accounts import account_ids, account_table, main_accounts
from kequn.sandbox.balances import deliver
from kequn.sandbox.cards import Cards, card_table, cardholders, cards
from kequn.sandbox.codes import CLASS
from kequn.sandbox.consents import Consents, consent_table, consents
from kequn.sandbox.contacts import (
    ANSWER,
    Contacts,
    answers,
    buying_chance,
    changed,
    contact_ids,
    contact_table,
    contacts,
    purchase_day,
    response_table,
)
from kequn.sandbox.course import Course, Means, course
from kequn.sandbox.dirt import Dirt
from kequn.sandbox.files import Landing
from kequn.sandbox.flows import SLOT
from kequn.sandbox.holdings import wanted
from kequn.sandbox.lives import Lives, lives
from kequn.sandbox.loans import Loans, loan_table, loans
from kequn.sandbox.party import Parties, parties
from kequn.sandbox.people import People, people
from kequn.sandbox.plan import NEVER, Bools, Delivery, Ints, Plan
from kequn.sandbox.postings import drifting, posting_table
from kequn.sandbox.risks import Signals, risk_profile_table, risk_profiles, risk_signal_table, risk_signals
from kequn.sandbox.shops import Shops, merchant_table, shops
from kequn.sandbox.ties import assignment_table, corporate_table, officer_table, relation_table
from kequn.sandbox.trades import purchase_table, trades
from kequn.sandbox.visits import app_event_table, visits
from kequn.sandbox.world import world


@dataclass(frozen=True)
class Landed:
    """What a chunk landed: rows by table, wrong rows, faults of parties, and AUM at the end of the period in fen."""

    rows: Counter[str]
    dirt: Counter[tuple[str, str, str, str]]
    faults: Counter[str]
    aum: Ints


@dataclass(frozen=True)
class Cast:
    """The people of a chunk with everything about them that is not a time series."""

    people: People
    lives: Lives
    who: Parties
    shop: Shops
    owed: Loans
    card: Cards
    signal: Signals
    agreed: Consents
    made: Contacts
    money: Course


def land_chunk(plan: Plan, chunk: int, landing_folder: Path, truth_folder: Path) -> Landed:
    """Make chunk number ``chunk`` and write its files."""
    part = f"chunk-{chunk + 1:04d}"
    cast, untouched, base = _make(people(world(plan), chunk))
    landing = Landing(landing_folder, plan, chunk, Dirt(part, plan.number("dirt_ppm")))
    _land_snapshots(landing, cast)
    _land_events(landing, cast)
    _land_money(landing, cast, truth_folder)
    keep = {
        "customer": truth.customer_table(cast.people, base, cast.lives, cast.who),
        "untouched": truth.month_table(plan, cast.people, untouched.aum),
        "observed": truth.month_table(plan, cast.people, cast.money.aum),
        "contact": _contact_truth(cast),
    }
    for name, data in keep.items():
        truth.keep(truth_folder, name, part, data)
    return Landed(landing.rows, landing.dirt.counts, Counter(cast.who.faults), cast.money.aum[:, -1])


def _make(folk: People) -> tuple[Cast, Course, Lives]:
    """The chunk as it was, its money as it would have been without contacts, and its untouched lives."""
    base = lives(folk)
    agreed = consents(folk)
    made = contacts(folk, base, agreed)
    real = changed(folk, base, made)
    want, shop = wanted(folk), shops(folk, base)
    nobody = np.zeros(0, np.int64)
    sold = made.bought & (made.klass == CLASS["loan"])
    alone = loans(folk, base, (nobody, nobody))
    owed = loans(folk, base, (made.person[sold], purchase_day(made)[sold] + 3))
    untouched = course(folk, base, Means(want, shop, alone), None)
    money = course(folk, real, Means(want, shop, owed), made)
    credit = cardholders(folk)
    borrower = np.zeros(len(folk), np.bool_)
    borrower[owed.person] = True
    cast = Cast(
        people=folk, lives=real, who=parties(folk, borrower, credit), shop=shop, owed=owed,
        card=cards(folk, money.demand, credit, made), signal=risk_signals(folk, base, owed),
        agreed=agreed, made=made, money=money,
    )  # fmt: skip
    return cast, untouched, base


def _land_snapshots(landing: Landing, cast: Cast) -> None:
    folk, who = cast.people, cast.who
    account = account_table(folk, who, cast.money.demand, cast.money.held)
    opened = np.concatenate([cast.money.demand.opened, cast.money.held.opened])
    closed = np.concatenate([np.full(len(cast.money.demand.person), NEVER), cast.money.held.closed])
    relation, since = relation_table(folk, who, cast.owed, cast.shop)
    assignment, begins, ends = assignment_table(folk, who)
    officer, officer_since = officer_table(folk)
    corporate, corporate_since = corporate_table(folk)
    settlement = pa.array(folk.number[cast.shop.owner] * 1000 + SLOT["settlement"])
    shop = merchant_table(folk, cast.shop, who.of("core", cast.shop.owner), _ids(settlement))
    for delivery in folk.plan.deliveries:
        if not delivery.snapshot:
            continue
        day = delivery.upto
        landing.write("party", delivery, _until(who.table, who.records.opened, day))
        landing.write("account", delivery, _until(_hidden(account, "closed_on", closed > day), opened, day))
        landing.write("relation", delivery, _until(relation, since, day))
        landing.write("assignment", delivery, _until(_hidden(assignment, "valid_to", ends > day), begins, day))
        landing.write("officer", delivery, _until(officer, officer_since, day))
        landing.write("corporate_client", delivery, _until(corporate, corporate_since, day))
        landing.write(
            "merchant", delivery, _until(_hidden(shop, "closed_on", cast.shop.closed > day), cast.shop.opened, day)
        )
        _land_credit(landing, cast, delivery)


def _land_credit(landing: Landing, cast: Cast, delivery: Delivery) -> None:
    folk, who, day = cast.people, cast.who, delivery.upto
    loan, granted = loan_table(folk, cast.owed, who.of("loan", cast.owed.person),
                               main_accounts(folk, cast.owed.person), day)  # fmt: skip
    landing.write("loan", delivery, _until(loan, granted, day))
    landing.write("card", delivery, card_table(folk, cast.card, who.of("card", cast.card.person), day))
    landing.write(
        "risk_signal", delivery, risk_signal_table(folk, cast.signal, who.of("core", cast.signal.person), day)
    )


def _land_events(landing: Landing, cast: Cast) -> None:
    folk, who, made = cast.people, cast.who, cast.made
    party = who.of("core", made.person)
    landing.events("contact", contact_table(folk, made, party), made.day)
    given = answers(folk, made)
    landing.events("response", response_table(folk, made, given, party), given[2])
    out = given[1] == ANSWER["opted_out"]
    opted = (made.person[given[0][out]], given[2][out] + 1, made.channel[given[0][out]])
    consent, day = consent_table(folk, cast.agreed, opted, who)
    landing.events("consent", consent, day)
    bought = trades(folk, cast.lives, cast.money.held, made)
    landing.events("purchase", purchase_table(folk, bought, who.of("core", bought.person)), bought.day)
    seen = visits(folk, cast.lives, bought, made)
    landing.events("app_event", app_event_table(folk, seen, who.of("mobile", seen.person)), seen.day)
    profile = risk_profiles(folk, cast.money.held)
    landing.events("risk_profile", risk_profile_table(folk, profile, who.of("core", profile[0])), profile[1])


def _land_money(landing: Landing, cast: Cast, truth_folder: Path) -> None:
    """Balances, and postings but for the few that never came."""
    folk, money = cast.people, cast.money
    ids = account_ids(folk, money.demand, money.held)
    deliver(landing, money.rows, ids)
    accounts = ids.take(pa.array(money.demand.number_of(len(folk), money.flows)))
    lost = drifting(money.flows, folk.plan.number("drift_ppm") / 1e6, folk.chance("drift"))
    kept = np.ones(len(money.flows), np.bool_)
    kept[lost] = False
    posting = posting_table(folk, money.flows, accounts)
    landing.events("posting", posting.filter(pa.array(kept)), money.flows.day[kept])
    drift = pa.table(
        {
            "account_id": accounts.take(pa.array(lost)),
            "day": folk.plan.dates(money.flows.day[lost]),
            "amount_fen": money.flows.amount[lost],
        }
    )
    truth.keep(truth_folder, "drift", landing.dirt.part, drift)


def _contact_truth(cast: Cast) -> pa.Table:
    made = cast.made
    return pa.table(
        {
            "contact_id": contact_ids(cast.people, made),
            "effect": buying_chance(cast.people, made.person, made.klass, made.channel),
            "bought": made.bought,
        }
    )


def _until(data: pa.Table, since: Ints, day: int) -> pa.Table:
    """The rows that stood by day number ``day``."""
    return data.filter(pa.array(since <= day))


def _hidden(data: pa.Table, column: str, later: Bools) -> pa.Table:
    """``data`` as it was known before: NULL in ``column`` where what it says came ``later``."""
    place = data.column_names.index(column)
    kept = pa.compute.if_else(pa.array(later), pa.scalar(None, data[column].type), data[column])
    return data.set_column(place, column, kept)


def _ids(numbers: pa.Array) -> pa.Array:
    digits = pa.compute.utf8_lpad(numbers.cast(pa.string()), 12, "0")
    return pa.compute.binary_join_element_wise("A", digits, "")
