"""Each role logs in and does its main task in a real browser, in both languages, on a desktop and on a phone."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from kequn.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parent))
from browsing import CHROMIUM, LANGUAGES, SIZES, Console, Visit, copied, entered, served, started

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def console(
    bank: Workspace, require: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    require(Path(CHROMIUM).exists(), "Chromium (apt-get install chromium)")
    with served(copied(bank.home, tmp_path_factory.mktemp("served") / "bank")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        found = started(play)
        yield found
        found.close()


def portfolio(visit: Visit) -> None:
    """RM: open the most valuable customer of the portfolio."""
    visit.page.click("main table tbody a >> nth=0")
    visit.settle()
    assert "/customers/" in visit.page.url


def branch(visit: Visit) -> None:
    """Branch manager: from the overview to a prospect of the branch."""
    visit.open("/prospects/")
    visit.page.click("main table tbody a >> nth=0")
    visit.settle()


def group(visit: Visit) -> None:
    """Analyst and maker: count a rule and save it."""
    visit.open("/audiences/new/?rule=payroll+and+not+credit_card")
    visit.page.wait_for_selector("#count .figure-value, .figure-value")
    visit.page.fill("input[name=name]", '代发未办信用卡 🎯 "引号"')
    visit.page.click("main button.btn-primary >> nth=-1")
    visit.settle()
    assert "代发未办信用卡" in visit.page.inner_text("main")


def rules(visit: Visit) -> None:
    """Approver: what waits, and the rules in force."""
    visit.open("/changes/")
    visit.open("/policy/")


def plan(visit: Visit) -> None:
    """Department head: tonight's plan and one campaign of it."""
    visit.open("/plan/")
    visit.page.click("main table tbody a >> nth=0")
    visit.settle()


def nights(visit: Visit) -> None:
    """Data engineer: last night and what was set aside."""
    visit.open("/data/")
    visit.open("/data/quarantine/")


def trail(visit: Visit) -> None:
    """Auditor: find an event and verify the chain."""
    visit.open("/audit/")


def people(visit: Visit) -> None:
    """Administrator: find a member of staff."""
    visit.open("/people/")


TASKS: dict[str, Callable[[Visit], None]] = {
    "rm": portfolio, "chief_rm": branch, "branch_manager": branch, "analyst": group, "maker": group, "approver": rules,
    "department_head": plan, "data_engineer": nights, "auditor": trail, "administrator": people,
}  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", TASKS)
def test_each_role_does_its_main_task(console, browser, role, language, size):
    visit = entered(browser, console, role, language, size)
    TASKS[role](visit)
    assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), "scrolls sideways"
    assert visit.axe() == []
    assert visit.complaints == []
    visit.page.context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("role", ["department_head", "data_engineer", "administrator"])
def test_every_page_of_the_bar_opens_without_a_complaint(console, browser, role, size):
    """Those three roles see every entry between them."""
    visit = entered(browser, console, role, "zh", size)
    addresses = visit.page.eval_on_selector_all(".bar-link", "links => [...new Set(links.map(a => a.pathname))]")
    findings = []
    for address in addresses:
        visit.open(address)
        visit.settle()
        findings += visit.axe()
    assert findings == []
    assert visit.complaints == []
    visit.page.context.close()


def tabbed(visit: Visit, selector: str, most: int = 120) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(most):
        if visit.page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        visit.page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_the_audience_builder_works_by_keyboard_alone(console, browser):
    """Write a rule with a completion, see its size, name it, save it: no mouse, no script that sets the focus."""
    visit = entered(browser, console, "analyst", "zh", "desktop")
    visit.open("/audiences/new/")
    visit.settle()
    keys = visit.page.keyboard
    tabbed(visit, "[role=tab]")
    keys.press("ArrowRight")
    visit.page.wait_for_selector("#tab-text:focus")
    tabbed(visit, "#rule")
    keys.type("payr", delay=20)
    visit.page.wait_for_selector("#rule-list [role=option]")
    keys.press("Escape")
    keys.type("oll and not credit_card", delay=5)
    keys.press("Escape")
    visit.page.wait_for_selector("#result .figure-value")
    tabbed(visit, "#id_name")
    keys.type("键盘客群")
    tabbed(visit, "button.btn-primary")
    keys.press("Enter")
    visit.page.wait_for_url(re.compile(r"/audiences/\d+/$"))
    assert "键盘客群" in visit.page.inner_text("main")
    assert visit.complaints == []
    visit.page.context.close()


# Two people, so that the first does not dismiss it for the second.
TOURED = {"desktop": "analyst", "phone": "department_head"}


@pytest.mark.parametrize("size", SIZES)
def test_the_tour_is_taken_by_keyboard_and_not_offered_again(console, browser, size):
    """Each step marks its part of the page; at the end nothing is marked, and the next visit is without it."""
    visit = entered(browser, console, TOURED[size], "zh", size)
    visit.open("/?tour=1")
    page, keys, texts = visit.page, visit.page.keyboard, []
    tabbed(visit, "[data-tour-next]", most=200)
    keys.press("Enter")
    while page.is_visible("[data-tour-next]"):
        texts.append(page.inner_text("[data-tour-text]"))
        assert page.locator(".tour-on").count() == 1
        assert visit.axe() == []
        tabbed(visit, "[data-tour-next]")
        keys.press("Enter")
    assert len(set(texts)) == len(texts) >= 3
    with page.expect_response(lambda answer: answer.url.endswith("/tour-seen")) as told:
        keys.press("Escape")
    assert told.value.status == 204
    assert page.locator(".tour-on").count() == page.locator("[data-tour]").count() == 0
    visit.open("/")
    assert page.locator("[data-tour]").count() == 0
    assert visit.complaints == []
    page.context.close()
