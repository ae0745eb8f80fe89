"""Officers of listed companies and executives of corporate clients."""

import pytest


def officer(bank, number, **fields):
    usual = {"officer_id": number, "company": f"Company {number}", "position": "director"}
    bank.add("officer", usual | fields)


def seat(bank, number, person, **fields):
    usual = {"corporate_id": number, "name": f"Client {number}", "role": "executive", "person_id_number_token": person}
    bank.add("corporate_client", usual | fields)


@pytest.fixture
def people(bank):
    """Customers 1 (two parties), 2 and 3; 2 and 3 share a name."""
    bank.customers = {11: 1, 12: 1, 2: 2, 3: 3}
    for party, number, name in ((11, "id1", "name1"), (12, None, "name1"), (2, "id2", "name2"), (3, "id3", "name2")):
        bank.add("party", {"party_id": party, "system": "core", "id_number_token": number, "name_token": name})
    return bank


def test_the_identity_number_decides_where_the_entry_has_one(people):
    officer(people, "a", id_number_token="id1", name_token="name2")
    found = people.run("executive")
    assert set(found) == {1}
    assert found[1]["officer_match"] == "id_number"
    assert found[1]["officer_company"] == "Company a"
    assert found[1]["officer_namesakes"] == 1


def test_an_entry_with_a_strangers_number_matches_nobody_by_name(people):
    officer(people, "a", id_number_token="id9", name_token="name1")
    assert people.run("executive") == {}


def test_an_entry_without_a_number_matches_all_namesakes(people):
    officer(people, "a", name_token="name2", position="supervisor")
    found = people.run("executive")
    assert {c: (row["officer_match"], row["officer_namesakes"]) for c, row in found.items()} == {
        2: ("name", 2),
        3: ("name", 2),
    }
    assert found[2]["officer_position"] == "supervisor"


def test_two_parties_of_one_customer_are_one_namesake(people):
    officer(people, "a", name_token="name1")
    assert people.run("executive")[1]["officer_namesakes"] == 1


def test_the_best_entry_of_several(people):
    officer(people, "a", name_token="name1", position="executive")
    officer(people, "b", id_number_token="id1", position="supervisor")
    officer(people, "d", id_number_token="id1", position="director")
    officer(people, "c", id_number_token="id1", position="director")
    row = people.run("executive")[1]
    assert (row["officer_company"], row["officer_position"]) == ("Company c", "director")


def test_the_largest_corporate_client(people):
    seat(people, "p", "id2", role="owner", registered_capital_fen=None)
    seat(people, "q", "id2", role="executive", registered_capital_fen=900, deposit_fen=5)
    seat(people, "q", "id2", role="legal_representative", registered_capital_fen=900, deposit_fen=5)
    seat(people, "r", "id2", role="owner", registered_capital_fen=800)
    row = people.run("executive")[2]
    assert row["corporate_role"] == "legal_representative"
    assert (row["corporate_company"], row["corporate_capital"], row["corporate_deposit"]) == ("Client q", 900, 5)
    assert row["officer_position"] is None


def test_both_lists_stand_side_by_side(people):
    officer(people, "a", id_number_token="id1")
    seat(people, "p", "id1", registered_capital_fen=100)
    row = people.run("executive")[1]
    assert (row["officer_position"], row["corporate_company"]) == ("director", "Client p")
