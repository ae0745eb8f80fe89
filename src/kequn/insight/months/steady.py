"""Tables that grow from night to night while what stood the night before still stands.

Aggregates of closed months depend on who holds an account and which customer a party is. As long as no such row
changed, only added ones, last night's aggregates stay true; so the table keeps the key it had then.
"""

from __future__ import annotations

from pathlib import Path

from kequn.engine.build import KEY, Build
from kequn.engine.macros import Parameters
from kequn.engine.publish import replace
from kequn.engine.query import compile_query

STEADY = "_steady"


def steady(build: Build, name: str, parameters: Parameters) -> None:
    """Expose table ``name`` (no NULLs) also as ``<name>_steady``, under last night's key where its rows all stand."""
    folder, key = build.work / name, build.keys[name]
    before = next((night / name for night in build.previous if (night / name / STEADY).is_file()), None)
    if before is not None and _stands(build, name, before, parameters):
        key = (before / STEADY).read_text("utf-8")
    replace(folder / STEADY, key)
    build.attach(f"{name}_steady", [folder], build.columns[name], key)


def _stands(build: Build, name: str, before: Path, parameters: Parameters) -> bool:
    if (before / KEY).read_text("utf-8") == build.keys[name]:
        return True
    columns = build.columns[name]
    build.attach(f"{name}_before", [before], columns, "")
    first = next(iter(columns))
    same = " AND ".join(f"b.{column} = n.{column}" for column in columns)
    lost = compile_query(
        f"SELECT count(*) AS lost FROM {name}_before AS b LEFT JOIN {name} AS n ON {same} WHERE n.{first} IS NULL",
        parameters,
        f"{name}_steady",
    )
    return int(build.engine.fetch(lost).column("lost")[0].as_py()) == 0
