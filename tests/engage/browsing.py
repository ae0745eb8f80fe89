"""A console that is served as in a bank, and a browser in front of it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

import kequn

CHROMIUM = "/usr/bin/chromium"
# As root, and without the browser's own calls home.
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
SOURCE = Path(kequn.__file__).parent
AXE = SOURCE / "engage" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
START_SECONDS = 90.0
LOGINS = """
import json, sys
from kequn.cli.demo_console import logins
from kequn.cli.screen import Choices, Screen
from kequn.language import Language
from pathlib import Path
screen = Screen(Choices(Path(sys.argv[1]), Language.ZH), True)
rows = logins(screen)
from kequn.engage.customers.load import load
from kequn.engage.site.night import newest
load(newest(screen.workspace()))
print(json.dumps(rows))
"""


@dataclass(frozen=True)
class Console:
    """Where it is served, login and password by role, and the cookies of roles that have logged in."""

    url: str
    home: Path
    people: dict[str, tuple[str, str]]
    cookies: dict[str, list[Any]] = field(default_factory=dict)


@contextmanager
def served(home: Path) -> Iterator[Console]:
    """Prepare the console of ``home`` and serve it until the block ends."""
    environment = os.environ | {"PYTHONPATH": str(SOURCE.parent)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    made = subprocess.run(
        [sys.executable, "-c", LOGINS, str(home)], env=environment, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    people = {row["role"]: (row["login"], row["password"]) for row in json.loads(made.stdout.splitlines()[-1])}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from kequn.cli import main; main()", "--home", str(home), "serve"]
    log = (home / "served.log").open("w")
    server = subprocess.Popen([*command, "--port", str(port)], env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, server, home / "served.log")
        yield Console(url, home, people)
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8"))


def started(play: Playwright) -> Browser:
    """Debian's Chromium."""
    return play.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)


@dataclass
class Visit:
    """One person at one screen: every complaint of the browser is kept."""

    page: Page
    console: Console
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page; anything but 200 is a complaint."""
        answer = self.page.goto(self.console.url + path)
        if answer is None or answer.status != 200:
            self.complaints.append(f"{path}: {answer.status if answer else 'no answer'}")

    def settle(self) -> None:
        """Wait until nothing moves."""
        self.page.wait_for_load_state("networkidle")

    def axe(self) -> list[str]:
        """Serious and critical findings of axe on the page as it is."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found: dict[str, Any] = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        return [
            f"{self.page.url}: {each['id']} {each['nodes'][0]['html'][:160]}"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]


def entered(browser: Browser, console: Console, role: str, language: str, size: str) -> Visit:
    """Log in by the form, in ``language`` at ``size``; a role that has done so before comes with its cookies."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale=LANGUAGES[language])
    visit = Visit(context.new_page(), console)
    _listen(context, visit)
    if role in console.cookies:
        context.add_cookies(console.cookies[role])
        visit.open("/")
        visit.settle()
        return visit
    visit.open("/account/login/")
    name, password = console.people[role]
    visit.page.fill("#id_login", name)
    visit.page.fill("#id_password", password)
    visit.page.click("button.btn-primary")
    visit.settle()
    console.cookies[role] = [each for each in context.cookies() if "language" not in each["name"]]
    return visit


def _listen(context: BrowserContext, visit: Visit) -> None:
    visit.page.on("pageerror", lambda error: visit.complaints.append(f"{visit.page.url}: {error}"))
    visit.page.on(
        "console",
        lambda told: visit.complaints.append(f"{visit.page.url}: {told.text}") if told.type == "error" else None,
    )


def copied(bank: Path, home: Path) -> Path:
    """A workspace of its own for a served console."""
    home.mkdir(parents=True)
    for name in ("data", "keys", "models", "campaigns"):
        shutil.copytree(bank / name, home / name)
    for name in ("capacity.yaml", "kequn.toml"):
        shutil.copy(bank / name, home)
    return home
