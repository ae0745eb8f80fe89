"""``make pictures``: every page as a picture for the docs, desktop and phone, Chinese and English.

``python tests/engage/pictures.py WORKSPACE`` serves a copy of the workspace (that of the demo) and writes docs/images.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from browsing import LANGUAGES, SIZES, Visit, copied, entered, served, started
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent.parent.parent / "docs" / "images"
QUALITY = 60
FIRST = "first"  # the first link of the page's list
# Page by name: whose it is, where it is, and a link to follow.
PAGES: dict[str, tuple[str, str, str]] = {
    "login": ("", "/account/login/", ""),
    "portfolio": ("rm", "/customers/", ""),
    "customer": ("rm", "/customers/", FIRST),
    "overview": ("department_head", "/overview/", ""),
    "branch": ("branch_manager", "/overview/", ""),
    "tiers": ("analyst", "/tiers/", ""),
    "segments": ("analyst", "/segments/", ""),
    "segment": ("analyst", "/segments/payroll/", ""),
    "prospects": ("branch_manager", "/prospects/", ""),
    "tags": ("analyst", "/tags/", ""),
    "tag": ("analyst", "/tags/aum_month_avg/", ""),
    "scores": ("analyst", "/scores/attrition/", ""),
    "audiences": ("analyst", "/audiences/", ""),
    "builder": ("analyst", "/audiences/new/?rule=tier+in+('gold','platinum')+and+payroll+and+not+credit_card", ""),
    "plan": ("department_head", "/plan/", ""),
    "campaign": ("department_head", "/plan/campaigns/card_first/", ""),
    "policy": ("department_head", "/policy/", ""),
    "changes": ("approver", "/changes/", ""),
    "nights": ("data_engineer", "/data/", ""),
    "quarantine": ("data_engineer", "/data/quarantine/", ""),
    "audit": ("auditor", "/audit/", ""),
    "verify": ("auditor", "/audit/verify/", ""),
    "people": ("administrator", "/people/", ""),
    "tokens": ("data_engineer", "/api/tokens/", ""),
}


def main(workspace: Path) -> None:
    """Write all pictures anew."""
    shutil.rmtree(IMAGES, ignore_errors=True)
    IMAGES.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="kequn-pictures-") as folder, sync_playwright() as play:
        browser = started(play)
        with served(copied(workspace, Path(folder) / "bank")) as console:
            for role in dict.fromkeys(role for role, _, _ in PAGES.values()):
                for language in LANGUAGES:
                    for size in SIZES:
                        visit = entered(browser, console, role or "rm", language, size)
                        _of_role(visit, role, f"{size}-{language}")
                        visit.page.context.close()
        browser.close()


def _of_role(visit: Visit, role: str, ending: str) -> None:
    if not role:
        visit.page.context.clear_cookies()
    for name, (whose, path, link) in PAGES.items():
        if whose == role:
            visit.open(path)
            visit.settle()
            if link == FIRST:
                visit.page.click("main table tbody a >> nth=0")
                visit.settle()
            visit.page.wait_for_timeout(400)
            visit.page.screenshot(path=IMAGES / f"{name}-{ending}.jpg", type="jpeg", quality=QUALITY)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
