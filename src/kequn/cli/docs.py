"""Write the pages of docs/ that follow from the code: ``python -m kequn.cli.docs [--check] [FOLDER]``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kequn.bank.contract import Column, Contract, contracts
from kequn.cli.app import Command, Parameter, build, parameters, walk
from kequn.cli.catalogue import DIMENSIONS
from kequn.insight.catalogue import Catalogue, Tag, catalogue
from kequn.language import Language

WRITTEN = "<!-- Written by `make docs`; changes belong in {0}. -->"
KINDS = {
    "snapshot": "each delivery is the whole table",
    "change": "validity intervals; each delivery adds changes",
    "event": "appended",
}


def main(args: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` only say which are out of date; returns the exit code."""
    folder = Path(next((argument for argument in args if not argument.startswith("--")), "docs"))
    stale = [name for name, page in PAGES.items() if not _same(folder / name, page())]
    if "--check" in args:
        for name in stale:
            sys.stderr.write(f"{folder / name} is out of date: run make docs.\n")
        return 1 if stale else 0
    for name in stale:
        (folder / name).write_text(PAGES[name](), "utf-8")
        sys.stdout.write(f"{folder / name} written\n")
    return 0


def catalogue_page() -> str:
    """All tags by dimension, segments and prospect rules, in both languages."""
    definitions = catalogue()
    lines = [
        "# Catalogue",
        WRITTEN.format("the YAML files of src/kequn/insight"),
        f"{len(definitions.tags) - len(definitions.segments)} tags, {len(definitions.segments)} segments and"
        f" {len(definitions.prospects)} prospect rules. Amounts are whole fen.",
    ]
    for dimension, zh in DIMENSIONS.items():
        tags = [tag for tag in definitions.tags.values() if tag.dimension == dimension and dimension != "segment"]
        if tags:
            lines += [f"## {dimension} {zh}", "\n".join(_tag_rows(tags))]
    return "\n\n".join([*lines, *_segments(definitions), *_prospects(definitions)]) + "\n"


def tables_page() -> str:
    """The contracts of all standard tables."""
    lines = [
        "# Standard tables",
        WRITTEN.format("src/kequn/bank/contracts"),
        "What sources map to. An identifier (key of an entity) is delivered as text and stored as a 64-bit key; a"
        " C2 column is stored as a keyed token named `<column>_token`. Money is whole fen.",
        "\n".join(f"- [{name}](#{name}): {contract.en} {contract.zh}" for name, contract in contracts().items()),
    ]
    for contract in contracts().values():
        lines += [f"## {contract.name}", _about(contract), "\n".join(_column_rows(contract))]
    return "\n\n".join(lines) + "\n"


def commands_page() -> str:
    """Every command with its arguments and options, in both languages."""
    zh, en = (list(walk(build(language))) for language in (Language.ZH, Language.EN))
    names = _paths(build(Language.EN))
    lines = ["# Commands", WRITTEN.format("src/kequn/cli")]
    for path, chinese, english in zip(names, zh, en, strict=True):
        lines += [f"## {path}", f"{english.help}. {chinese.help}。"]
        rows = [
            f"| `{_written(parameter)}` | {parameter.help} | {other.help} |"
            for parameter, other in zip(parameters(english), parameters(chinese), strict=True)
        ]
        if rows:
            lines.append("\n".join(["| argument | meaning | 说明 |", "|---|---|---|", *rows]))
    return "\n\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "catalogue.md": catalogue_page,
    "standard-tables.md": tables_page,
    "commands.md": commands_page,
}


def _same(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text("utf-8") == text


def _cell(*texts: str) -> str:
    return "<br>".join(" ".join(text.split()).replace("|", "\\|") for text in texts if text)


def _tag_rows(tags: Sequence[Tag]) -> Iterator[str]:
    yield "| name | label | unit | sensitivity | meaning |"
    yield "|---|---|---|---|---|"
    for tag in tags:
        codes = ", ".join(f"`{code}` {zh}" for code, (zh, _) in tag.values.items())
        meaning = _cell(tag.description_en, tag.description_zh, codes)
        yield f"| `{tag.name}` | {_cell(tag.en, tag.zh)} | {tag.unit} | {tag.sensitivity} | {meaning} |"


def _segments(definitions: Catalogue) -> Iterator[str]:
    yield "## Segments 客群"
    rows = [
        f"| `{each.name}` | {_cell(each.en, each.zh)} | `{_cell(each.rule)}` | {_cell(each.play_en, each.play_zh)} |"
        for each in definitions.segments.values()
    ]
    yield "\n".join(["| name | label | rule | how it is worked |", "|---|---|---|---|", *rows])


def _prospects(definitions: Catalogue) -> Iterator[str]:
    yield "## Prospect rules 潜客规则"
    rows = [
        f"| `{rule.name}` | {_cell(rule.en, rule.zh)} | `{_cell(rule.condition)}` |"
        f" {_cell(rule.estimate_en, rule.estimate_zh)} |"
        for rule in definitions.prospects.values()
    ]
    yield "\n".join(["| name | label | condition | what the estimate means |", "|---|---|---|---|", *rows])


def _about(contract: Contract) -> str:
    text = f"{contract.en} ({contract.zh}). Kind: {contract.kind} ({KINDS[contract.kind]})."
    if contract.business_day:
        text += f" Business day: `{contract.business_day}`."
    return f"{text} Refused whole when more than {100 * contract.bad_share:g}% of the rows are bad."


def _column_rows(contract: Contract) -> Iterator[str]:
    yield "| column | label | type at rest | class | rules |"
    yield "|---|---|---|---|---|"
    for column in contract.columns:
        secret = "C2" if column.secret else "C1"
        label = _cell(column.en, column.zh)
        yield f"| `{column.name}` | {label} | {column.stored} | {secret} | {_cell('; '.join(_rules(column)))} |"


def _rules(column: Column) -> Iterator[str]:
    if column.primary:
        yield "primary key"
    elif column.required:
        yield "required"
    if column.key:
        yield f"identifier of entity {column.key}"
    if column.reference:
        yield f"refers to {'.'.join(column.reference)}"
    if column.allowed:
        yield "one of " + ", ".join(f"`{value}`" for value in column.allowed)
    if column.minimum is not None or column.maximum is not None:
        yield f"from {column.minimum} to {column.maximum}"
    if column.unit:
        yield f"in {column.unit}"


def _paths(command: Command, path: str = "kequn") -> list[str]:
    below = getattr(command, "commands", {})
    return [path, *(name for key, part in below.items() for name in _paths(part, f"{path} {key}"))]


def _written(parameter: Parameter) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name).upper()
    return ", ".join(parameter.opts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
