"""Mapping SQL: its words, and what is said where it does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kequn.bank.session import Session, key_of, literal, open_session
from kequn.errors import KequnError
from kequn.workspace import Workspace


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with open_session(Workspace.open(tmp_path_factory.mktemp("mapping"))) as opened:
        yield opened


@settings(max_examples=120, deadline=None)
@given(
    st.from_regex(r"\A[+-]?[0-9]{1,18}([.][0-9]{0,4})?\Z") | st.text(st.sampled_from("0123456789.+-e, 元"), max_size=8)
)
def test_yuan_text_becomes_fen_or_stays_what_it_was(session: Session, text: str) -> None:
    (found,) = session.row(f"SELECT fen({literal(text)}::VARCHAR)")
    try:
        value = Decimal(text.strip(" ")) * 100
        exact = value == int(value) and set(text.strip(" ")) <= set("0123456789.+-") and text.strip(" ")[-1:] != "-"
    except (InvalidOperation, OverflowError):
        exact = False
    if exact and text.strip(" ").lstrip("+-")[:1] != ".":
        assert int(found) == value
    else:
        assert found == text


@settings(max_examples=40, deadline=None)
@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2))
def test_decimal_yuan_become_whole_fen(session: Session, yuan: Decimal) -> None:
    assert session.row(f"SELECT fen({yuan}::DECIMAL(18, 2)), typeof(fen(0::DECIMAL(18, 2)))") == (
        int(yuan * 100),
        "BIGINT",
    )


@pytest.mark.parametrize("text", ["930101", "991231", "19930101", "", "93-01-01", "930230"])
def test_dates_become_iso_or_stay_what_they_were(session: Session, text: str) -> None:
    try:
        expected = datetime.strptime(text, "%y%m%d").date().isoformat()
    except ValueError:
        expected = text
    assert session.row(f"SELECT iso_date({literal(text)}, '%y%m%d')") == (expected,)


def test_keys_are_the_same_in_sql_and_python(session: Session) -> None:
    for source, entity, text in (("core", "party", "P1"), ("核心", "account", "0001 中"), ("a", "b", "")):
        sql = f"SELECT entity_key({literal(source)}, {literal(entity)}, {literal(text)})"
        assert session.row(sql) == (key_of(source, entity, text),)
        assert 0 <= key_of(source, entity, text) < 2**63


def refusal(core: Any, change: tuple[str, str]) -> str:
    file: Path = core.workspace.own("sources") / "core" / "party.sql"
    file.write_text(file.read_text("utf-8").replace(*change), "utf-8")
    core.land("party", [core.party(1)])
    (item,) = core.load().files
    assert item.status == "refused"
    return str(item.message)


def test_a_mapping_must_give_the_columns_of_the_contract(core: Any) -> None:
    assert "does not give sex: select NULL AS sex" in refusal(core, (" sex,", " "))


def test_a_misspelt_column_is_answered_with_the_nearest(core: Any) -> None:
    assert "gives birthdate, a column that party does not have; did you mean birth_date?" in refusal(
        core, (" birth_date,", " birth_date AS birthdate,")
    )


def test_a_failing_mapping_does_not_quote_what_it_failed_on(core: Any) -> None:
    message = refusal(core, (" birth_date,", " CAST(CAST(name AS INTEGER) AS VARCHAR) AS birth_date,"))
    assert "fails on the delivered files" in message
    assert "赵钱" not in message


def test_place_columns_are_added_to_a_plain_select(core: Any) -> None:
    file: Path = core.workspace.own("sources") / "core" / "party.sql"
    file.write_text(file.read_text("utf-8").replace(", _file, _row", ""), "utf-8")
    core.land("party", [core.party(1), core.party(2)])
    assert core.load().loaded == 2


def test_a_mapping_that_multiplies_rows_is_an_error(core: Any) -> None:
    file: Path = core.workspace.own("sources") / "core" / "party.sql"
    file.write_text(file.read_text("utf-8") + ", range(2)", "utf-8")
    core.land("party", [core.party(1)])
    with pytest.raises(KequnError, match=r"core/party.sql gives row 1 of a file more than once.*derived: true"):
        core.load()


def test_invalid_sql_is_an_error_with_its_file(core: Any) -> None:
    (core.workspace.own("sources") / "core" / "party.sql").write_text("SELECT FROM WHERE (")
    core.land("party", [core.party(1)])
    with pytest.raises(KequnError, match=r"core/party\.sql is not valid SQL"):
        core.load()
