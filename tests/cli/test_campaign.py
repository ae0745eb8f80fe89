"""``kequn campaign``: list, check and funnel."""

from __future__ import annotations


def test_the_list_shows_what_a_night_settled_and_what_it_has_not_seen(kequn, own_decided, rows_of):
    folder = own_decided / "campaigns"
    fresh = (folder / "news.yaml").read_text("utf-8").replace("name: news", "name: fresh")
    (folder / "fresh.yaml").write_text(fresh, "utf-8")
    (folder / "torn.yaml").write_text("name: [\n", "utf-8")
    rows = {row["campaign"]: row for row in kequn("campaign", "list", "--json", home=own_decided).data}
    customers = len(rows_of("customer"))
    assert (rows["news"]["status"], rows["news"]["audience"]) == ("bidding", customers)
    assert rows["news"]["planned"] == sum(row["campaign"] == "news" for row in rows_of("plan"))
    assert rows["news"]["rule"] == "everybody"
    assert (rows["fresh"]["status"], rows["fresh"]["audience"]) == ("new", None)
    assert (rows["torn"]["status"], rows["later"]["status"]) == ("refused", "waiting")
    assert "尚未统筹" in kequn("campaign", "list", home=own_decided).out


def test_without_campaigns_the_list_says_how_to_add_one(kequn, night):
    assert kequn("campaign", "list", "--json", home=night.home).data == []
    assert "docs/campaigns.md" in kequn("campaign", "list", home=night.home).out


def test_check_finds_what_documents_alone_do_not_show(kequn, own_decided):
    folder = own_decided / "campaigns"
    text = (folder / "news.yaml").read_text("utf-8").replace("name: news", "name: wrong")
    text = text.replace("audience: everybody", "audience: aeg > 3 and payroll").replace(
        "benefit: gift", "product: NOPE"
    )
    (folder / "wrong.yaml").write_text(text, "utf-8")
    answer = kequn("campaign", "check", "--json", home=own_decided)
    assert answer.code == 1
    stops = [(row["file"], row["line"]) for row in answer.data["problems"] if row["stops"]]
    assert stops == [("campaigns/faulty.yaml", 4), ("campaigns/wrong.yaml", 5), ("campaigns/wrong.yaml", 9)]
    notes = [(row["file"], row["line"]) for row in answer.data["problems"] if not row["stops"]]
    assert notes == [("campaigns/later.yaml", 6)]
    assert "campaigns/wrong.yaml:5" in kequn("campaign", "check", home=own_decided).out


def test_check_of_sound_files_ends_well(kequn, decided):
    files = [str(decided / "campaigns" / f"{name}.yaml") for name in ("news", "care_call", "later")]
    answer = kequn("campaign", "check", *files, "--json", home=decided)
    assert (answer.code, [row["stops"] for row in answer.data["problems"]]) == (0, [False])


def test_check_knows_who_would_be_addressed(kequn, own_decided, tmp_path):
    text = (own_decided / "campaigns" / "news.yaml").read_text("utf-8")
    for rule, words in (("age > 300", "Nobody"), ("age is null or age is not null", "everybody")):
        file = tmp_path / "draft.yaml"
        file.write_text(text.replace("audience: everybody", f"audience: {rule}"), "utf-8")
        (problem,) = kequn("campaign", "check", str(file), "--json", home=own_decided).data["problems"]
        assert problem["line"] == 5
        assert words in problem["message"] + problem["hint"]


def test_without_a_night_check_says_what_it_could_not_see(kequn):
    answer = kequn("--lang", "en", "campaign", "check")
    assert (answer.code, "not checked" in answer.out) == (0, True)


def test_the_funnel_adds_up_and_draws_bars(kequn, decided, rows_of):
    rows = kequn("campaign", "funnel", "care_call", "--json", home=decided).data
    by_code = {row["code"]: row["customers"] for row in rows}
    adults = rows_of("customer", "SELECT COUNT(*) AS n FROM night WHERE age >= 30")[0]["n"]
    assert by_code["audience"] == adults
    assert by_code["planned"] == sum(row["campaign"] == "care_call" for row in rows_of("plan"))
    removed = [row["customers"] for row in rows[1 : [row["code"] for row in rows].index("eligible")]]
    assert by_code["audience"] - sum(removed) == by_code["eligible"]
    assert rows[0]["share"] == 1.0
    out = kequn("campaign", "funnel", "care_call", home=decided).out
    assert "█" * 40 in out
    assert "列入计划" in out


def test_an_unknown_campaign_is_answered_with_the_nearest_and_a_refused_one_with_why(kequn, decided):
    answer = kequn("campaign", "funnel", "new", "--json", home=decided)
    assert (answer.code, answer.fault["hint"]) == (1, "Did you mean news?")
    assert "no department crads" in kequn("campaign", "funnel", "faulty", "--json", home=decided).fault["error"]
