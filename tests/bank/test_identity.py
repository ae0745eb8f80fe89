"""Identity against a plain union-find, over random parties, keys and limits."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kequn.bank.contract import contracts
from kequn.bank.identity import CHANGE_COLUMNS, GUARD_COLUMNS, LINK_COLUMNS, build, resolve
from kequn.bank.identity.components import statement, strong_keys
from kequn.engine.base import Engine
from kequn.engine.build import Build, digest
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.engine.publish import Published
from kequn.engine.query import compile_query
from kequn.errors import KequnError
from kequn.workspace import Settings

AS_OF = date(2025, 6, 30)
TYPES = {"BIGINT": pa.int64(), "VARCHAR": pa.string(), "DATE": pa.date32(), "DOUBLE": pa.float64()}
Row = dict[str, object]
Link = tuple[int, int, float]


def party(number: int, token: str | None = None, cross: str | None = None, seen: int = 0, **fields: object) -> Row:
    """A party whose id does not grow with its age."""
    return {
        "party_id": number * 7919 % 10_007,
        "first_seen": date(2024, 1, 1) + timedelta(seen),
        "source": "core" if number % 3 else "card",
        "source_ref": f"{number:04}",
        "id_number_token": token,
        "cross_number": cross,
        **fields,
    }


def arrow(columns: dict[str, str], rows: Sequence[Row]) -> pa.Table:
    return pa.table({name: pa.array([row.get(name) for row in rows], TYPES[kind]) for name, kind in columns.items()})


class Register:
    """An engine holding parties and links, resolved under given limits."""

    def __init__(self, folder: Path) -> None:
        self.engine = DuckEngine(1, "1GB", folder)

    def resolve(self, parties: Sequence[Row], links: Sequence[Link] = (), **limits: object) -> dict[int, int]:
        listed = [{"party_a": a, "party_b": b, "score": score} for a, b, score in links]
        self.hold("party", contracts()["party"].stored_columns, parties)
        self.hold("identity_link", LINK_COLUMNS, listed)
        self.parameters = Parameters(AS_OF, Settings.load().changed(**{f"identity__{k}": v for k, v in limits.items()}))
        self.rounds = resolve(self.engine, self.parameters)
        return {row["party_id"]: row["customer_id"] for row in self.rows("SELECT party_id, customer_id FROM identity")}

    def hold(self, name: str, columns: dict[str, str], rows: Sequence[Row]) -> None:
        self.engine.drop(name)
        self.engine.connection.register("held", arrow(columns, rows))
        self.engine.connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM held')
        self.engine.connection.unregister("held")

    def rows(self, text: str) -> list[Row]:
        return self.engine.fetch(compile_query(text, Parameters(AS_OF, Settings.load()))).to_pylist()

    def guard(self) -> list[Row]:
        return self.rows(f"SELECT {', '.join(GUARD_COLUMNS)} FROM identity_guard")


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    held = Register(tmp_path_factory.mktemp("spill"))
    yield held
    held.engine.close()


def by_hand(
    parties: Sequence[Row], links: Sequence[Link] = (), key_limit: int = 10, person_limit: int = 20, score: float = 0.95
) -> dict[int, int]:
    """Customers by union-find over one party after another, under the two guards."""
    groups: dict[tuple[str, object], list[int]] = defaultdict(list)
    for row in parties:
        for kind in ("id_number_token", "cross_number"):
            if row[kind]:
                groups[kind, row[kind]].append(row["party_id"])
    usable = {key: members for key, members in groups.items() if len(members) <= key_limit}
    known = {row["party_id"] for row in parties}
    linked = [[a, b] for a, b, probability in links if probability >= score and a in known and b in known]
    components = _united(known, [*usable.values(), *linked])
    strongest = [m for (kind, _), m in usable.items() if kind == "id_number_token" and len(m) <= person_limit]
    customers: dict[int, int] = {}
    for component in components:
        allowed = [component] if len(component) <= person_limit else _united(component, strongest)
        for members in allowed:
            inside = [row for row in parties if row["party_id"] in members]
            first = min(inside, key=lambda r: (r["first_seen"], r["source"], r["source_ref"]))
            customers |= dict.fromkeys(members, first["party_id"])
    return customers


def _united(nodes: set[int], groups: Sequence[Sequence[int]]) -> list[set[int]]:
    root = {node: node for node in nodes}

    def find(node: int) -> int:
        while root[node] != node:
            node = root[node]
        return node

    for group in groups:
        inside = [node for node in group if node in nodes]
        for node in inside[1:]:
            root[find(node)] = find(inside[0])
    joined: dict[int, set[int]] = defaultdict(set)
    for node in nodes:
        joined[find(node)].add(node)
    return list(joined.values())


@st.composite
def people(draw: st.DrawFn) -> list[Row]:
    size = draw(st.integers(1, 60))
    pool = draw(st.integers(1, 40))
    key = st.one_of(st.none(), st.just(""), st.integers(1, pool).map(str))
    shapes = st.tuples(key, key, st.integers(0, 3))
    return [party(n, *draw(shapes)) for n in range(1, size + 1)]


quick = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(people(), st.integers(1, 12), st.integers(1, 25), st.data())
def test_equals_union_find(register: Register, parties: list[Row], key_limit: int, person_limit: int, data) -> None:
    ids = st.sampled_from([row["party_id"] for row in parties] + [-1])
    links = data.draw(st.lists(st.tuples(ids, ids, st.sampled_from([0.5, 0.949, 0.95, 1.0])), max_size=5))
    found = register.resolve(parties, links, max_parties_per_key=key_limit, max_parties_per_customer=person_limit)
    assert found == by_hand(parties, links, key_limit, person_limit)


@quick
@given(people(), st.randoms(use_true_random=False))
def test_does_not_depend_on_the_order_of_parties(register: Register, parties: list[Row], chance: random.Random) -> None:
    once = register.resolve(parties)
    shuffled = parties[:]
    chance.shuffle(shuffled)
    assert register.resolve(shuffled) == once


@quick
@given(people(), st.integers(0, 40))
def test_stays_when_parties_join_later(register: Register, parties: list[Row], split: int) -> None:
    unlimited = {"max_parties_per_key": 1000, "max_parties_per_customer": 1000}
    before = register.resolve(parties[:split] or parties[:1], **unlimited)
    later = [row | {"first_seen": date(2025, 1, 1)} for row in parties[max(split, 1) :]]
    after = register.resolve([*(parties[:split] or parties[:1]), *later], **unlimited)
    for one, customer in before.items():
        assert after[one] in before.values(), "an older customer keeps the id"
        for other, same in before.items():
            assert customer != same or after[one] == after[other], "what was one customer stays one"


def test_long_chains_take_few_rounds(register: Register) -> None:
    """Party n shares one key with n-1 and the other with n+1; ids are in no order along the chain."""
    chain = [party(n, f"i{n // 2}", f"c{(n + 1) // 2}") for n in range(1, 1001)]
    found = register.resolve(chain, max_parties_per_customer=1000)
    assert len(set(found.values())) == 1
    assert register.rounds <= 20


def test_says_when_chains_are_too_long(register: Register) -> None:
    chain = [party(n, f"i{n // 2}", f"c{(n + 1) // 2}") for n in range(1, 200)]
    with pytest.raises(KequnError, match=r"more than 2 rounds.*weak key"):
        register.resolve(chain, max_rounds=2)


def test_a_key_of_many_identifies_nobody(register: Register) -> None:
    parties = [party(n, "shared", f"c{n // 2}") for n in range(12)]
    found = register.resolve(parties)
    assert len(set(found.values())) == 6
    (row,) = register.guard()
    assert (row["key_kind"], row["key_value"], row["parties"]) == ("id_number_token", "shared", 12)
    assert row["action"] == "key_ignored"
    assert row["party_id"] == min(p["party_id"] for p in parties)
    assert "12" in row["reason_zh"]
    assert "12" in row["reason_en"]


def test_a_crowd_falls_back_to_the_strongest_key(register: Register) -> None:
    """Identity numbers pair parties off, and a sloppy cross number chains 24 of them."""
    parties = [party(n, f"i{n // 2}", f"c{n // 6}" if n % 2 else f"c{(n + 6) // 6}") for n in range(24)]
    found = register.resolve(parties)
    assert found == by_hand(parties)
    assert all(found[parties[n]["party_id"]] == found[parties[n + 1]["party_id"]] for n in range(0, 24, 2))
    assert len(set(found.values())) == 12
    (row,) = register.guard()
    assert (row["key_kind"], row["parties"], row["action"]) == ("component", 24, "not_merged")


@pytest.mark.parametrize(("keys", "message"), [(["identity"], "no text column identity"), ([], "is empty")])
def test_strong_keys_are_columns_of_party(keys: list[str], message: str) -> None:
    with pytest.raises(KequnError, match=message):
        strong_keys(Settings.load().changed(identity__strong_keys=keys))


def test_merges_and_splits_are_recorded(register: Register) -> None:
    identity = {"party_id": "BIGINT", "customer_id": "BIGINT"}
    # 1+2 stay; 3 joins 4; 5+6 part; 7 was the earliest of 7+8 and is gone
    before = {1: 1, 2: 1, 3: 3, 4: 4, 5: 5, 6: 5, 7: 7, 8: 7}
    after = {1: 1, 2: 1, 3: 3, 4: 3, 5: 5, 6: 6, 8: 8, 9: 9}
    for name, pairs in (("identity_before", before), ("identity", after)):
        register.hold(name, identity, [{"party_id": p, "customer_id": c} for p, c in pairs.items()])
    query = statement("change", Parameters(AS_OF, Settings.load()))
    assert query.columns() == list(CHANGE_COLUMNS)
    changes = {tuple(row.values()) for row in register.engine.fetch(query).to_pylist()}
    assert changes == {(4, 3, 1, "merged"), (5, 6, 1, "split"), (7, 8, 1, "renamed")}


def test_the_best_attribute_is_the_earliest_stated(register: Register) -> None:
    columns = {"sex": "U", "education": "unknown", "region": None}
    first = party(1, "x", seen=0, **columns, opened_on=date(2020, 5, 1), org_id="A")
    second = party(2, "x", seen=1, sex="F", education="master", region="R2", opened_on=date(2019, 5, 1), org_id="B")
    third = party(4, "x", seen=2, sex="M", education=None, region="R3", marital="married", birth_date=date(1980, 1, 2))
    alone = party(5, None, sex="M", occupation="teacher")
    register.resolve([third, alone, second, first])
    query = statement("customer_base", register.parameters)
    rows = {row["customer_id"]: row for row in register.engine.fetch(query).to_pylist()}
    main = first["party_id"]
    assert rows[main] == {
        "customer_id": main, "party_id": main, "birth_date": date(1980, 1, 2), "sex": "F", "region": "R2",
        "occupation": None, "education": "master", "marital": "married", "opened_on": date(2019, 5, 1),
        "org_id": "A", "parties": 3,
    }  # fmt: skip
    single = rows[alone["party_id"]]
    assert (single["sex"], single["occupation"], single["marital"], single["parties"]) == ("M", "teacher", "unknown", 1)
    assert len(rows) == 2


class Night:
    """The identity stages over files, as a night runs them."""

    def __init__(
        self, folder: Path, parties: Sequence[Row], previous: Sequence[Path] = (), engine: Engine | None = None
    ) -> None:
        engine = engine or DuckEngine(1, "1GB", folder / "spill")
        self.build = Build(engine, folder / "work", previous, lambda _: None)
        self.build.work.mkdir(parents=True)
        columns = contracts()["account"].stored_columns
        accounts = [{"account_id": n, "party_id": row["party_id"]} for n, row in enumerate(parties)]
        for name, rows, kinds in (
            ("party", parties, contracts()["party"].stored_columns),
            ("account_at_rest", accounts, columns),
        ):
            file = folder / f"{name}.parquet"
            pa.parquet.write_table(arrow(kinds, rows), file)
            self.build.attach(name, [file], kinds, digest(*map(repr, rows)))

    def run(self, before: Published | None = None) -> Night:
        build(self.build, Parameters(AS_OF, Settings.load()), before)
        return self

    def rows(self, text: str) -> list[Row]:
        return self.build.engine.fetch(compile_query(text, Parameters(AS_OF, Settings.load()))).to_pylist()


def test_a_night_gives_accounts_their_customer_and_records_merges(tmp_path: Path) -> None:
    parties = [party(1, "x"), party(2, "y"), party(4, "z")]
    first = Night(tmp_path / "1", parties).run()
    assert first.rows("SELECT kind FROM identity_change") == []
    joined = [*parties, party(5, "x", "one", seen=9), party(7, "y", "one", seen=9)]
    published = Published(AS_OF, tmp_path / "1" / "work", {"tables": {"identity": {"hash": "h"}}})
    second = Night(tmp_path / "2", joined, [tmp_path / "1" / "work"]).run(published)
    expected = by_hand(joined)
    owned = {row["party_id"]: row["customer_id"] for row in second.rows("SELECT party_id, customer_id FROM account")}
    assert owned == expected
    assert len(set(expected.values())) == 2
    (change,) = second.rows("SELECT customer_before, customer_after, kind FROM identity_change")
    assert change["kind"] == "merged"
    assert {change["customer_before"], change["customer_after"]} == {parties[0]["party_id"], parties[1]["party_id"]}


def test_a_night_without_new_parties_resolves_nothing(tmp_path: Path) -> None:
    parties = [party(1, "x"), party(2, "x")]
    Night(tmp_path / "1", parties).run()
    again = Night(tmp_path / "2", parties, [tmp_path / "1" / "work"]).run()
    reused = {stage.name: stage.reused for stage in again.build.stages}
    assert reused["identity"]
    assert reused["identity_guard"]
    assert again.rows("SELECT party_id FROM identity")


def test_a_bank_without_parties_has_no_customers(tmp_path: Path) -> None:
    night = Night(tmp_path, []).run()
    assert night.rows("SELECT customer_id FROM customer_base") == []
