"""One page shows one night."""

from __future__ import annotations

import threading

import pytest
from django.test import Client

from kequn.engage.orgs.roles import Role
from kequn.engage.site import night as nights
from kequn.engine.publish import current
from kequn.engine.publish import nights as published_nights

pytestmark = pytest.mark.django_db


def test_a_value_is_a_parameter_not_text(night):
    assert night.value("SELECT count(*) FROM customer WHERE tier = $tier", tier="gold' OR TRUE --") == 0


def test_many_threads_read_at_once(night):
    expected = night.value("SELECT count(*) FROM customer")
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(night.value("SELECT count(*) FROM customer"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_what_was_worked_out_is_kept_and_bounded(night, monkeypatch):
    monkeypatch.setattr(nights, "KEPT_MOST", 2)
    made = []
    for key in ("a", "a", "b", "c", "a"):
        night.kept(("test", key), lambda key=key: made.append(key) or key)
    assert made == ["a", "b", "c", "a"]


def test_parts_of_an_older_page_stay_with_its_night(bank, as_):
    older = published_nights(bank)[0]
    answer = as_(Role.ADMINISTRATOR).get("/people/", headers={nights.HEADER: older.folder.name})
    assert answer.status_code == 200
    assert answer.wsgi_request.night.as_of == older.as_of


@pytest.mark.parametrize("asked", ["2020-01-01-000000000000", "../../etc/passwd", "x" * 500])
def test_parts_of_a_night_that_is_gone_ask_to_load_again(bank, as_, asked):
    answer = as_(Role.ADMINISTRATOR).get("/people/", headers={nights.HEADER: asked})
    assert answer.status_code == 409
    assert "刷新" in answer.content.decode()


def test_a_night_published_meanwhile_is_the_next_pages(bank, night):
    assert nights.newest(bank) is night
    assert night.key == current(bank).folder.name


def test_nights_that_are_replaced_are_closed(bank, monkeypatch, tmp_path):
    monkeypatch.setattr(nights, "OPEN_MOST", 1)
    monkeypatch.setattr(nights, "_OPENED", type(nights._OPENED)())  # other tests may have opened all of them
    first, second = (nights.opened(bank, each) for each in published_nights(bank)[:2])
    assert list(nights._OPENED.values()) == [second]
    assert first.value("SELECT count(*) FROM customer") > 0  # whoever still reads it, reads on


def test_before_the_first_night_pages_answer(no_night, as_):
    answer = as_(Role.ADMINISTRATOR).get("/people/")
    assert answer.status_code == 200
    assert "还没有夜批" in answer.content.decode()


def test_readiness_says_what_is_missing(no_night):
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "night": False})


def test_ready_when_both_are_there(bank):
    assert Client().get("/readyz").status_code == 200
