"""A small bank for tests of definitions: state rows of standard tables, run a topic, read one dict a customer."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from sqlglot import exp

import kequn.insight
from kequn.bank.contract import Contract, contracts
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.insight.catalogue import Catalogue, Tag, Topic, catalogue
from kequn.insight.compose import customer_query
from kequn.workspace import Settings

Row = dict[str, Any]
INSIGHT = Path(kequn.insight.__path__[0])
ARROW = {
    "BIGINT": pa.int64(),
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(),
    "DOUBLE": pa.float64(),
}
BASE = {
    "customer_id": "BIGINT",
    "party_id": "BIGINT",
    "birth_date": "DATE",
    "sex": "VARCHAR",
    "region": "VARCHAR",
    "occupation": "VARCHAR",
    "education": "VARCHAR",
    "marital": "VARCHAR",
    "opened_on": "DATE",
    "org_id": "VARCHAR",
    "parties": "BIGINT",
}


class Bank:
    """Rows of standard tables, missing columns NULL, exposed to definitions as a night would.

    A party that only other tables name is added by itself, and is its own customer unless ``customers`` says
    otherwise. Rows after ``as_of`` are not seen.
    """

    def __init__(self, engine: DuckEngine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.as_of = date(2025, 6, 17)
        self.settings = Settings.load()
        self.customers: dict[int, int] = {}
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self._attached: date | None = None
        self._kept: set[str] = set()

    def add(self, table: str, *rows: Mapping[str, Any]) -> None:
        """State rows of a standard table."""
        known = contracts()[table].stored_columns
        for row in rows:
            unknown = set(row) - set(known)
            assert not unknown, f"{table} has no column {unknown}"
            self.rows[table].append({name: _typed(value, known[name]) for name, value in row.items()})
        self._attached = None

    def account(self, account_id: int, party_id: int, balances: Mapping[date, int], **fields: Any) -> None:
        """An account with its day-end balances from each given day on (demand deposit in the bank's currency)."""
        usual = {"asset_class": "deposit", "term": "demand", "currency": "CNY", "purpose": "general"}
        opened = {"opened_on": min(balances, default=date(2020, 1, 1))}
        self.add("account", {"account_id": account_id, "party_id": party_id, **usual, **opened, **fields})
        before = 0
        for day in sorted(balances):
            self.add("balance", {
                "account_id": account_id, "valid_from": day,
                "balance_fen": balances[day], "change_fen": balances[day] - before,
            })  # fmt: skip
            before = balances[day]

    def posting(self, account_id: int, posted_at: date | datetime, amount_fen: int, **fields: Any) -> None:
        """A posting (incoming transfer through the app unless stated otherwise)."""
        usual = {"direction": "in", "kind": "transfer", "channel": "app", "own_name": False}
        number = len(self.rows["posting"]) + 1
        self.add("posting", {
            "posting_id": number, "account_id": account_id, "posted_at": posted_at, "amount_fen": amount_fen,
            **usual, **fields,
        })  # fmt: skip

    def run(self, topic: str, kind: str = "tags") -> dict[int, Row]:
        """Rows of topic ``<kind>/<topic>.sql`` by customer; fails where a customer has two rows."""
        rows = self.query((INSIGHT / kind / f"{topic}.sql").read_text("utf-8"), f"{topic}.sql")
        found = {row["customer_id"]: row for row in rows}
        assert len(found) == len(rows), f"{topic}: customer_id is not unique"
        return found

    def published(self, topic: str) -> dict[int, Row]:
        """As ``run``, with the empty values of the topic's tags for customers without a row."""
        tags = yaml.safe_load((INSIGHT / "tags" / f"{topic}.yaml").read_text("utf-8"))["tags"]
        empty = {name: tag.get("empty") for name, tag in tags.items()}
        rows = self.run(topic)
        customers = {self._customer(party["party_id"]) for party in self.rows["party"]}
        return {customer: {"customer_id": customer} | empty for customer in customers} | rows

    def query(self, text: str, origin: str = "query") -> list[Row]:
        """Rows of any definition over the bank's tables."""
        self.attach()
        query = self.compile(text, origin)
        self._need(query)
        return self.engine.fetch(query).to_pylist()

    def compile(self, text: str, origin: str = "query") -> Query:
        return compile_query(text, Parameters(self.as_of, self.settings), origin)

    def attach(self) -> None:
        """Expose the standard tables; nothing happens where neither rows nor ``as_of`` changed since the last time."""
        if self._attached == self.as_of:
            return
        self._complete_parties()
        for name, contract in contracts().items():
            self._attach(name, contract.stored_columns, self._seen(contract))
        self._identify()
        self._kept = set()
        self._attached = self.as_of

    def _complete_parties(self) -> None:
        known = {row["party_id"] for row in self.rows["party"]}
        named = {row.get("party_id") for rows in self.rows.values() for row in rows}
        for party in sorted({party for party in named - known if party is not None}):
            self.add("party", {"party_id": party, "system": "core"})

    def _seen(self, contract: Contract) -> list[Row]:
        day = contract.business_day
        rows = self.rows[contract.name]
        return [row for row in rows if day is None or row.get(day) is None or _date(row[day]) <= self.as_of]

    def _identify(self) -> None:
        parties = self.rows["party"]
        identity = [{"party_id": p["party_id"], "customer_id": self._customer(p["party_id"])} for p in parties]
        self._attach("identity", {"party_id": "BIGINT", "customer_id": "BIGINT"}, identity)
        base: dict[int, Row] = {}
        for party in sorted(parties, key=lambda row: row["party_id"]):
            customer = self._customer(party["party_id"])
            first = {name: party.get(name) for name in BASE} | {"customer_id": customer, "parties": 0}
            base.setdefault(customer, first)["parties"] += 1
        self._attach("customer_base", BASE, list(base.values()))
        columns = contracts()["account"].stored_columns | {"customer_id": "BIGINT"}
        owned = [row | {"customer_id": self._customer(row["party_id"])} for row in self._seen(contracts()["account"])]
        self._attach("account", columns, owned)

    def _customer(self, party_id: int) -> int:
        return self.customers.get(party_id, party_id)

    def _need(self, query: Query) -> None:
        """Compute the tables of months and topics that ``query`` reads, and what those read."""
        for name in sorted({table.name for table in query.tree.find_all(exp.Table)} - self._kept):
            text = _definition(name)
            if text is not None:
                inner = self.compile(text, name)
                self._need(inner)
                self.engine.keep(name, inner)
                self._kept.add(name)

    def _attach(self, name: str, columns: Mapping[str, str], rows: list[Row]) -> None:
        if not rows:
            self.engine.attach(name, [], columns)
            return
        schema = pa.schema([(column, ARROW[kind]) for column, kind in columns.items()])
        filled = [{column: row.get(column) for column in columns} for row in rows]
        file = self.folder / f"{name}.parquet"
        self.engine.drop(name)
        pq.write_table(pa.Table.from_pylist(filled, schema=schema), file)
        self.engine.attach(name, [file], columns)


def _definition(name: str) -> str | None:
    """The text of a table that a night computes from standard tables."""
    if name == "since":
        return "SELECT DATE '1900-01-01' AS day"
    room, stem = ("tags", name.removeprefix("topic_")) if name.startswith("topic_") else ("months", name)
    file = INSIGHT / room / f"{stem}.sql"
    return file.read_text("utf-8") if file.is_file() else None


def _typed(value: Any, kind: str) -> Any:
    bare = kind == "TIMESTAMP" and isinstance(value, date) and not isinstance(value, datetime)
    return datetime(value.year, value.month, value.day, 12) if bare else value


def _date(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    engine = DuckEngine(threads=1, memory="1GB", temporary=tmp_path / "spill")
    folder = tmp_path / "bank"
    folder.mkdir()
    yield Bank(engine, folder)
    engine.close()


@dataclass(frozen=True)
class Held:
    """One account of a random bank and its balance from each given day on."""

    account_id: int
    customer_id: int
    asset_class: str
    term: str
    currency: str
    balances: dict[date, int]


class DayEnds:
    """Random accounts with their balances day by day: what averages and trends are checked against."""

    def __init__(self, bank: Bank, seed: int, first: date, last: date) -> None:
        self.random = random.Random(seed)
        self.first, self.last = first, last
        self.rates = {"USD": self._rates(first, 90), "EUR": self._rates(first + timedelta(days=200), 120)}
        bank.customers |= {101: 1, 102: 2}
        self.held = [self._held(number, number % 9 + 1) for number in range(1, 40)]
        for held in self.held:
            party = 100 + held.customer_id if held.customer_id in {1, 2} and held.account_id % 2 else held.customer_id
            bank.account(
                held.account_id, party, held.balances,
                asset_class=held.asset_class, term=held.term, currency=held.currency,
            )  # fmt: skip
        for currency, rates in self.rates.items():
            rows = ({"currency": currency, "valid_from": day, "rate_ppm": rate} for day, rate in rates.items())
            bank.add("rate", *rows)

    @property
    def customers(self) -> list[int]:
        return sorted({held.customer_id for held in self.held})

    def total(self, customer_id: int, day: date, classes: tuple[str, ...] = (), term: str = "") -> int:
        """Fen of the bank's currency at the end of ``day``; of some classes and one term where stated."""
        return sum(
            self.value(held, day)
            for held in self.held
            if held.customer_id == customer_id
            and (not classes or held.asset_class in classes)
            and (not term or held.term == term)
        )

    def value(self, held: Held, day: date) -> int:
        balance = _standing(held.balances, day)
        return (
            balance if held.currency == "CNY" else half_up(balance * _standing(self.rates[held.currency], day), 10**6)
        )

    def average(self, customer_id: int, first: date, last: date) -> int:
        days = days_of(first, last)
        return half_up(sum(self.total(customer_id, day) for day in days), len(days))

    def _held(self, account_id: int, customer_id: int) -> Held:
        asset_class = self.random.choice(["deposit"] * 4 + ["wealth", "fund", "insurance", "metal", "other"])
        term = self.random.choice(["demand", "time"]) if asset_class == "deposit" else "demand"
        opened = self.random.choice(days_of(self.first, self.last))
        later = self.random.choices(days_of(opened, self.last), k=self.random.randint(0, 25))
        balances = {day: self.random.choice([0, self.random.randint(-(10**6), 10**12)]) for day in [opened, *later]}
        return Held(account_id, customer_id, asset_class, term, self.random.choice(CURRENCIES), balances)

    def _rates(self, first: date, count: int) -> dict[date, int]:
        days = self.random.sample(days_of(first, self.last), k=count)
        return {day: self.random.randint(1, 9_999_999) for day in days}


CURRENCIES = ("CNY", "CNY", "CNY", "CNY", "USD", "EUR")


def _standing(changes: Mapping[date, int], day: date) -> int:
    known = [start for start in changes if start <= day]
    return changes[max(known)] if known else 0


def days_of(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def half_up(numerator: int, divisor: int) -> int:
    """Nearest whole number; a half goes away from zero."""
    half = floor(Fraction(abs(numerator), divisor) + Fraction(1, 2))
    return half if numerator >= 0 else -half


@pytest.fixture
def day_ends(bank: Bank) -> Callable[[int, date, date], DayEnds]:
    """Fills the bank with random accounts: ``day_ends(seed, first, last)``."""
    return lambda seed, first, last: DayEnds(bank, seed, first, last)


class Customers:
    """Customers stated by their tags: a tag that nothing is said about has its value for empty."""

    def __init__(self, bank: Bank, definitions: Catalogue) -> None:
        self.bank = bank
        self.catalogue = definitions
        self.columns: dict[str, dict[str, str]] = {}

    def compose(
        self, people: list[Row], derive: tuple[str, ...] = (), segments: tuple[str, ...] = ()
    ) -> dict[int, Row]:
        """Keep table ``customer`` with the derived topics and segments named; returns its rows by customer_id."""
        derived = {name: self.catalogue.topics[name] for name in derive}
        chosen = {name: self.catalogue.segments[name] for name in segments}
        texts = [topic.text for topic in derived.values()] + [segment.rule for segment in chosen.values()]
        named = set(re.findall(r"\w+", " ".join(texts))).union(*people) if texts else set(self.catalogue.tags)
        others = [tag for name, tag in self.catalogue.tags.items() if name in named and name not in chosen]
        given = self.give(people, [tag for tag in others if tag.topic not in derived])
        whole = Catalogue({"given": given} | derived, chosen, {})
        self.bank.engine.keep("customer", customer_query(whole, Parameters(self.bank.as_of, self.bank.settings)))
        rows = self.bank.engine.fetch(self.bank.compile(f"SELECT {', '.join(whole.types)} FROM customer")).to_pylist()
        return {row["customer_id"]: row for row in rows}

    def give(self, people: list[Row], tags: list[Tag]) -> Topic:
        """Expose what is said about people as the only base topic, ``topic_given``."""
        types = {"customer_id": "BIGINT"} | {tag.name: tag.type for tag in tags}
        unknown = {name for person in people for name in person} - set(types)
        assert not unknown, f"there are no tags {unknown}"
        self.columns = {"topic_given": types, "customer_base": {"customer_id": "BIGINT"}}
        self.bank._attach("topic_given", types, [{tag.name: tag.empty for tag in tags} | row for row in people])
        self.bank._attach("customer_base", self.columns["customer_base"], people)
        return Topic("given", "base", "SELECT customer_id FROM given", "given.sql", tuple(tags))


@pytest.fixture(scope="session")
def definitions() -> Catalogue:
    """All built-in tags, segments and prospect rules."""
    return catalogue()


@pytest.fixture
def customers(bank: Bank, definitions: Catalogue) -> Customers:
    return Customers(bank, definitions)
