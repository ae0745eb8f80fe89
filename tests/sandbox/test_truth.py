"""The truth is told apart from what is landed, and what is landed carries its signal."""

import re
from pathlib import Path

import pyarrow.parquet as pq

import kequn

ALLOWED = ("sandbox/", "bench/", "measure/", "workspace.py", "cli/demo.py")
"""The last two name the folder, and take an old one away before a new sandbox is made."""


def test_nothing_but_sandbox_benches_and_measurement_names_the_truth():
    root = Path(kequn.__file__).parent
    files = [path for kind in ("py", "sql", "yaml", "toml") for path in root.rglob(f"*.{kind}")]
    found = {
        str(path.relative_to(root))
        for path in files
        if re.search(r"\btruth\b", path.read_text("utf-8")) and not str(path.relative_to(root)).startswith(ALLOWED)
    }
    assert len(files) > 100
    assert not found


def test_truth_is_kept_beside_the_landing_and_names_every_file(bank):
    truth = bank.workspace.truth
    assert not list((bank.workspace.landing / "sandbox").rglob("*truth*"))
    listed = (truth / "README.md").read_text("utf-8")
    assert all(file.name in listed for file in truth.iterdir() if file.name != "README.md")


def test_every_party_belongs_to_one_person(bank):
    landed = {row["party_id"] for row in bank.rows("party") if not row["party_id"].startswith("Z")}
    told = bank.sql("SELECT unnest(parties), person FROM '{truth}/customer.parquet'")
    assert len(told) == len({party for party, _ in told})
    assert landed <= {party for party, _ in told}
    assert {person for _, person in told} == set(range(bank.report.customers))


def buyers(bank):
    """Persons whom a contact made buy something."""
    return {
        person
        for (person,) in bank.sql(
            """SELECT DISTINCT p.person FROM {contact} k JOIN '{truth}/contact.parquet' t USING (contact_id)
               JOIN (SELECT unnest(parties) AS party, person FROM '{truth}/customer.parquet') p ON p.party = k.party_id
               WHERE t.bought"""
        )
    }


def months(bank, name):
    rows = pq.read_table(bank.workspace.truth / f"{name}.parquet").to_pylist()
    return {row.pop("person"): row for row in rows}


def test_aum_differs_from_untouched_only_where_a_contact_changed_something(bank):
    turned = bank.sql(
        """SELECT person FROM '{truth}/customer.parquet'
           WHERE leaves IS DISTINCT FROM leaves_untouched OR kept_on IS NOT NULL"""
    )
    touched = buyers(bank) | {person for (person,) in turned}
    untouched, observed = months(bank, "untouched"), months(bank, "observed")
    differing = {person for person in observed if observed[person] != untouched[person]}
    assert differing <= touched
    assert len(differing) > 5


def test_contacts_bring_money(bank):
    untouched, observed = months(bank, "untouched"), months(bank, "observed")
    gain = [observed[person]["2026-03"] - untouched[person]["2026-03"] for person in buyers(bank)]
    assert sum(gain) / len(gain) > 0


def test_true_chances_to_buy_add_up_to_what_was_bought(bank):
    ((expected, bought),) = bank.sql(
        """SELECT sum(effect) FILTER (k.outcome = 'delivered'), count(*) FILTER (bought)
           FROM '{truth}/contact.parquet'
           JOIN (SELECT DISTINCT contact_id, outcome FROM {contact}) k USING (contact_id)"""
    )
    assert 0.4 * expected - 3 * expected**0.5 <= bought <= expected + 3 * expected**0.5


def test_the_unhappy_log_in_less(bank):
    ((before, after),) = bank.sql(
        """SELECT avg(n_before), avg(n_after) FROM (SELECT c.person,
             count(*) FILTER (e.happened_at BETWEEN c.unhappy_on - INTERVAL 90 DAY AND c.unhappy_on) AS n_before,
             count(*) FILTER (e.happened_at BETWEEN c.unhappy_on AND c.unhappy_on + INTERVAL 90 DAY) AS n_after
           FROM '{truth}/customer.parquet' c, unnest(c.parties) AS p(party)
           JOIN {app_event} e ON e.party_id = p.party AND e.kind = 'login'
           WHERE c.unhappy_on BETWEEN DATE '2025-05-01' AND DATE '2025-12-31' GROUP BY c.person)"""
    )
    assert after < 0.75 * before


def test_leavers_take_their_money_to_their_own_account_elsewhere(bank):
    ((kept, out),) = bank.sql(
        """SELECT median(o."2026-03" / greatest(o."2025-02", 1)), count(*) FROM '{truth}/observed.parquet' o
           JOIN '{truth}/customer.parquet' c USING (person)
           WHERE c.leaves BETWEEN DATE '2025-03-15' AND DATE '2025-11-30' AND c.kept_on IS NULL
             AND o."2025-02" > 100000"""
    )
    assert out >= 5
    assert kept < 0.3
    ((leavers, others),) = bank.sql(
        """SELECT avg(n) FILTER (gone), avg(n) FILTER (NOT gone) FROM (
             SELECT c.person, c.leaves IS NOT NULL AS gone, count(t.posting_id) AS n
             FROM '{truth}/customer.parquet' c, unnest(c.parties) AS p(party)
             LEFT JOIN (SELECT DISTINCT account_id, party_id FROM {account}) a ON a.party_id = p.party
             LEFT JOIN {posting} t ON t.account_id = a.account_id AND t.own_name AND t.direction = 'out'
             GROUP BY ALL)"""
    )
    assert leavers > others
