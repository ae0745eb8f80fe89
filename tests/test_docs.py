"""The documents say what is so: commands, recipes, links and generated pages are followed here."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from kequn.cli import docs
from kequn.cli.app import Command, build, run
from kequn.decisions.campaign import Campaign, Offer
from kequn.language import Language
from kequn.workspace import Workspace

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("requirements/*.md")])
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
FILE = re.compile(r"[\w/]+\.(?:sql|yaml)\b|src/[\w/]+\.py\b")
# Groups that print something of their own.
PRINTING = {"kequn scores", "kequn segments", "kequn tiers"}
WORDS = """customer, party, household, product, account, tag 标签, tier 层级, segment 客群, audience 目标客群,
prospect 潜力客户, score, offer, campaign 活动, wave 波次, treatment, contact 触达, touchpoint,
response 响应, lead 商机, disposition 跟进结果, holdout 对照组, uplift 增量, arbitration 统筹, eligibility,
suitability 适当性, consent 授权, benefit 权益, referral 转介(裂变), relationship manager (RM) 客户经理,
portfolio 管户, branch 支行, outlet 网点, AUM 金融资产, monthly average 月日均, quarterly average 季日均,
mass 大众, potential 潜力, gold 贵宾金, platinum 贵宾白金, diamond 贵宾钻石, private 私行,
near-threshold 临界, lifecycle stage 客户旅程, mobile banking 掌银, personal loan 个贷, credit card 信用卡,
social security 社保, payroll 代发, car owner 车主, merchant 商户, education 教育, silver 银发,
bid 竞价, contact policy 触达政策, exclusion 排除, funnel 漏斗,
white list 白名单, cross-coverage 交叉覆盖, attrition warning 流失预警"""


def recipes(page: str) -> dict[str, str]:
    """Code blocks of a page by the file that the text before them names."""
    text = (ROOT / page).read_text("utf-8")
    found = {}
    for block in BLOCK.finditer(text):
        named = FILE.findall(text[: block.start()].rpartition("```")[2][-400:])
        if named:
            found[named[-1]] = block.group(2)
    return found


def patched(text: str, diff: str) -> str:
    """``text`` with a hunk applied whose context must be found in it, once."""
    lines = diff.rstrip("\n").split("\n")
    before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    after = "\n".join(line[1:] for line in lines if not line.startswith("-"))
    assert text.count(before) == 1, f"not found once:\n{before}"
    return text.replace(before, after)


def answer(home: Path, *args: str, package: Path | None = None) -> dict:
    """JSON of a command, run by the installed package or by a copy of it."""
    environment = os.environ | ({"PYTHONPATH": str(package)} if package else {})
    done = subprocess.run(
        [sys.executable, "-c", "from kequn.cli import main; main()", "--home", str(home), *args, "--json"],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_generated_pages_are_current():
    assert docs.main(["--check", str(ROOT / "docs")]) == 0, "run: make docs"


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readmes_list_every_command_and_no_other(page):
    listed = re.findall(r"^\| `(kequn[ a-z-]+)`", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(printing(build(Language.EN), "kequn"))


def printing(command: Command, path: str) -> list[str]:
    below = getattr(command, "commands", {})
    own = [path] if not below or path in PRINTING else []
    return own + [name for key, part in below.items() for name in printing(part, f"{path} {key}")]


def examples() -> list[str]:
    found = set()
    for page in PAGES:
        for line in page.read_text("utf-8").splitlines():
            if match := re.match(r"    (?:\.venv/bin/)?(kequn .*)$", line):
                found.add(match.group(1))
    return sorted(found)


@pytest.mark.parametrize("example", examples())
def test_every_example_is_a_command_with_its_options(example, capsys):
    assert run([*shlex.split(example)[1:], "--help"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text("utf-8"))
    written_by_bench = {"docs/benchmarks.md", "benchmarks.md"}
    assert [link for link in links if not (page.parent / link).exists() and link not in written_by_bench] == []


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    assert [file.name for file in folder.glob("0*.md") if f"({file.name})" not in index] == []


def test_the_glossary_has_every_word_in_both_languages():
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8").casefold()
    words = [word.strip().casefold() for word in WORDS.replace("\n", " ").split(",")]
    for word in words:
        english, _, chinese = word.rpartition(" ") if not word.isascii() else (word, "", "")
        assert english in glossary, english
        assert chinese in glossary, chinese


def test_add_a_tag_in_the_package(tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    changed = [name for name in recipes("CONTRIBUTING.md") if name.startswith("src/kequn/insight/tags/")]
    assert sorted(Path(name).suffix for name in changed) == [".sql", ".yaml"]
    for name in changed:
        file = tmp_path / name
        file.write_text(patched(file.read_text("utf-8"), recipes("CONTRIBUTING.md")[name]), "utf-8")
    package = tmp_path / "src"
    assert answer(tmp_path / "home", "catalogue", "has_household", package=package)["zh"] == "有家庭关系"
    columns = answer(tmp_path / "home", "lineage", "has_household", package=package)
    assert {"table": "relation", "column": "kind"} in columns["conditions"]


@pytest.mark.parametrize(
    ("file", "name", "kind"),
    [("tags/", "loyalty", "tag"), ("segments/", "young_saver", "segment"), ("prospects/", "idle_cash", "prospect")],
)
def test_add_a_banks_own_definition(tmp_path, file, name, kind):
    home = own(tmp_path, file)
    assert answer(home, "catalogue", name)["kind"] == kind


def test_a_banks_own_topic_is_checked_and_traced(tmp_path):
    columns = answer(own(tmp_path, "tags/"), "lineage", "loyalty")
    assert {"table": "party", "column": "opened_on"} in columns["values"]


def own(home: Path, room: str) -> Path:
    for name, text in recipes("CONTRIBUTING.md").items():
        if name.startswith(room):
            (home / name).parent.mkdir(exist_ok=True)
            (home / name).write_text(text, "utf-8")
    return home


def test_add_a_campaign(tmp_path):
    home = own(tmp_path, "campaigns/")
    found = answer(home, "campaign", "check")
    assert (found["files"], found["problems"]) == (["campaigns/winter_saving.yaml"], [])


def test_the_campaign_of_the_guide_is_sound(tmp_path):
    text = next(block.group(2) for block in BLOCK.finditer((ROOT / "docs" / "campaigns.md").read_text("utf-8")))
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "guide.yaml").write_text(text, "utf-8")
    assert answer(tmp_path, "campaign", "check")["problems"] == []
    assert set(yaml.safe_load(text)) == set(Campaign.model_fields)
    assert set(yaml.safe_load(text)["offers"][0]) == set(Offer.model_fields) - {"product"}


def test_add_a_rule_to_the_policy(tmp_path):
    name = "src/kequn/decisions/policy/pair_rules.py"
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    file = tmp_path / name
    file.write_text(patched(file.read_text("utf-8"), recipes("CONTRIBUTING.md")[name]), "utf-8")
    script = """
from kequn.decisions.policy import load
from kequn.decisions.policy.rules import rules
(rule,) = [rule for rule in rules(load.load("")) if rule.reason.code == "old_age_call"]
print([rule.one({"age": age}, None) for age in (None, 84, 85)])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "src")},
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == ("[True, False, True]", "")


def test_scores_on_own_tables_print_what_the_page_says(require, monkeypatch, capsys):
    require((ROOT.parent / "shared" / "data" / "cdnow").exists(), "the shared data")
    monkeypatch.chdir(ROOT)
    runpy.run_path(str(ROOT / "docs" / "examples" / "scores_on_your_own_tables.py"))
    printed = figures_of(capsys.readouterr().out)
    page = (ROOT / "docs" / "scores.md").read_text("utf-8").partition("AUC on the rows that validate, as")[2]
    told = figures_of(page.partition("\n- ")[0])
    assert len(printed) == len(told) == 4
    for ours, theirs in zip(printed, told, strict=True):
        assert ours == pytest.approx(theirs, abs=0.004)


def figures_of(text: str) -> list[list[float]]:
    """The three figures of each line that has three."""
    found = [[float(each) for each in re.findall(r"\b0\.\d{3}\b", line)] for line in text.splitlines()]
    return [each for each in found if len(each) == 3]


def test_add_a_source(tmp_path):
    workspace = Workspace.open(tmp_path / "home")
    folder = workspace.own("sources") / "core"
    folder.mkdir(parents=True)
    for name, text in recipes("docs/sources.md").items():
        (folder / name).write_text(text, "utf-8")
    delivered = tmp_path / "delivered"
    delivered.mkdir()
    people = ["P1;张三;440106199003070011;13900000001;19900307;20150102;B1", "P2;李四;;;19851231;20160203;B1"]
    accounts = [f"B{number};62220{number};P2;01;20200101" for number in range(200)]
    accounts += ["A1;622201;P1;01;20150102", "A2;622202;P1;02;20180506", "A3;622203;P2;99;20200101"]
    for name, head, rows in (
        ("cust.csv", "CUST_ID;NAME;ID_NO;MOBILE;BIRTH;OPENED;BRANCH", people),
        ("acct.csv", "ACCT_ID;ACCT_NO;CUST_ID;KIND;OPENED", accounts),
    ):
        (delivered / name).write_text("\n".join([head, *rows]) + "\n", "gb18030")
    report = answer(workspace.home, "load", "core", str(delivered), "--date", "2025-03-31")
    found = {file["table"]: file for file in report["files"]}
    assert (found["party"]["rows_in"], found["party"]["loaded"]) == (2, 2)
    assert (found["account"]["rows_in"], found["account"]["loaded"], found["account"]["quarantined"]) == (203, 202, 1)
    (row,) = answer(workspace.home, "quarantine", "--source", "core")
    assert (row["reason"], row["column"], row["value"]) == ("not_allowed", "asset_class", "99")
