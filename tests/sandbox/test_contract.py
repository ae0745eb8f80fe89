"""Every landed row keeps the contracts, but for the wrong rows, which are exactly those that the truth announces."""

import json
from collections import Counter
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

import pytest

from kequn.bank.contract import contracts
from kequn.sandbox.files import LOOKS


def raw_name(column):
    """Money is delivered in yuan under its own name."""
    return f"{column.removesuffix('_fen')}_yuan" if column.endswith("_fen") else column


READ = {
    "VARCHAR": str,
    "BIGINT": int,
    "DOUBLE": float,
    "DATE": date.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
    "BOOLEAN": {"true": True, "false": False}.__getitem__,
}


def _value(column, raw):
    """The typed value; raises ValueError or InvalidOperation where it is none."""
    if raw is None or not isinstance(raw, str):
        return raw
    if column.name.endswith("_fen"):
        return Decimal(raw)
    return READ[column.delivered](raw)


def _beyond(column, value):
    bound_type = date.fromisoformat if column.delivered in ("DATE", "TIMESTAMP") else int
    if column.name.endswith("_fen"):
        value = value * 100
    if isinstance(value, datetime):
        value = value.date()
    low, high = column.minimum, column.maximum
    return (low is not None and value < bound_type(low)) or (high is not None and value > bound_type(high))


def _fault(column, raw, known):
    if raw is None:
        return "missing" if column.required else None
    try:
        value = _value(column, raw)
    except (ValueError, InvalidOperation):
        return "type"
    if column.allowed and value not in column.allowed:
        return "not_allowed"
    if (column.minimum is not None or column.maximum is not None) and _beyond(column, value):
        return "out_of_range"
    if column.reference and value not in known[column.reference]:
        return "reference"
    return None


def _known(bank):
    """Values that references may point to: of good rows only, in any delivery."""
    wanted = {column.reference for contract in contracts().values() for column in contract.columns if column.reference}
    return {
        (table, name): {row[name] for row in bank.rows(table) if not str(row[name]).startswith("Z")}
        for table, name in wanted
    }


def test_every_standard_table_is_landed(bank):
    assert {path.name for path in (bank.workspace.landing / "sandbox").iterdir()} == set(contracts())
    assert all(bank.report.rows[table] > 0 for table in contracts())


def test_columns_are_those_of_the_contract_with_money_in_yuan(bank):
    for name, contract in contracts().items():
        landed = set(bank.rows(name)[0]) - {"_file"}
        assert landed == {raw_name(column.name) for column in contract.columns}, name


def test_rows_keep_the_contracts_but_for_the_announced_ones(bank):
    known = _known(bank)
    found = Counter()
    for name, contract in contracts().items():
        for row in bank.rows(name):
            faults = [(_fault(column, row[raw_name(column.name)], known), column.name) for column in contract.columns]
            wrong = [fault for fault in faults if fault[0]]
            if wrong:
                assert len(wrong) == 1, (name, row, wrong)
                found[name, row["_file"].parent.name, wrong[0][0], raw_name(wrong[0][1])] += 1
    expected = {
        (row["table"], row["delivered"], row["reason"], row["column"]): row["rows"] for row in bank.dirt()["quarantine"]
    }
    assert dict(found) == expected
    assert len({key[0] for key in expected}) >= 8


def test_keys_repeat_only_in_rows_that_are_delivered_twice(bank):
    twice = Counter()
    for name, contract in contracts().items():
        keys = Counter()
        for row in bank.rows(name):
            day = row["_file"].parent.name if contract.kind == "snapshot" else ""
            keys[(day, *(row[key] for key in contract.primary_key))] += 1
        extra = sum(count - 1 for key, count in keys.items() if count > 1 and "A999999999999" not in key)
        if extra:
            twice[name] = extra
    expected = Counter()
    for row in bank.dirt()["duplicate"]:
        expected[row["table"]] += row["rows"]
    assert twice == expected


def test_references_resolve_in_the_snapshot_that_a_delivery_may_read(bank):
    """A party or account that history mentions is known by the newest snapshot up to the delivery's day."""
    days = sorted({file.parent.name for file in bank.files("party")})
    for table, column, target in (("posting", "account_id", "account"), ("app_event", "party_id", "party")):
        for row in bank.rows(table):
            if row[column] in ("A999999999999", "C9999999999"):
                continue
            day = max(one for one in days if one <= row["_file"].parent.name)
            assert row[column] in _ids(bank, target, column, day)


_SEEN = {}


def _ids(bank, table, column, day):
    key = (id(bank), table, day)
    if key not in _SEEN:
        _SEEN[key] = {row[column] for row in bank.rows(table, day)}
    return _SEEN[key]


def test_no_delivery_holds_later_days_than_its_own(bank):
    for name, contract in contracts().items():
        if contract.business_day is None:
            continue
        column = contract.column(contract.business_day)
        for row in bank.rows(name):
            if row[column.name] in (None, "2024-13-01"):
                continue
            day = _value(column, row[column.name])
            day = day.date() if isinstance(day, datetime) else day
            assert day.isoformat() <= row["_file"].parent.name, (name, row)


@pytest.mark.parametrize("table", sorted(contracts()))
def test_control_files_tell_rows_and_sums(bank, table):
    control = contracts()[table].control_column
    for file in bank.files(table):
        said = json.loads(file.with_name(f"{file.name}.ctl").read_text())
        rows = [row for row in bank.rows(table, file.parent.name) if row["_file"] == file]
        assert said["rows"] == len(rows)
        if control:
            name = raw_name(control)
            assert Decimal(said["sums"][name]) == sum(Decimal(row[name]) for row in rows if row[name] is not None)


def test_csv_files_have_several_looks(bank):
    assert {look.encoding for look in LOOKS.values()} == {"utf-8", "utf-8-sig", "gb18030"}
    assert {look.delimiter for look in LOOKS.values()} == set(",;|")
    for table, look in LOOKS.items():
        file = bank.files(table)[0]
        assert file.suffix == ".csv"
        raw = file.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf") == (look.encoding == "utf-8-sig")
        assert look.delimiter in raw.decode(look.encoding).split("\n", 1)[0]
