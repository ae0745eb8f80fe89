"""``kequn scores``: fit models on the bank's own past, judge them, and choose which one nights use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kequn.amounts import percent, yuan
from kequn.cli.group import alone
from kequn.cli.options import AsOf, a_day
from kequn.cli.screen import Json, Limit, Screen
from kequn.errors import KequnError

if TYPE_CHECKING:
    from datetime import date

    from kequn.insight.scores.model import Model

app = typer.Typer(invoke_without_command=True)

Family = Annotated[str, typer.Argument(help="模型族，如 attrition | Family of models, e.g. attrition")]
Version = Annotated[str, typer.Argument(help="版本号 | Version")]
Table = Annotated[
    Path | None,
    typer.Option("--data", help="自有数据表（CSV 或 Parquet），就地评估 | A table of your own (CSV or Parquet)"),
]


@app.callback()
def scores(context: typer.Context, as_json: Json = False) -> None:
    """List the families with champion and challenger, unless a command of the group is called."""
    if not alone(context):
        return
    from kequn.insight.scores import overview

    screen = Screen.of(context, as_json)
    rows = overview.families(screen.workspace())
    if screen.json:
        screen.emit(rows)
        return
    say = screen.say
    heads = [say("模型族", "family"), say("名称", "label"), say("在用版本", "champion"), say("候选版本", "challenger"),
             say("主要指标", "figure"), say("在用", "champion's"), say("基线", "baseline")]  # fmt: skip
    cells = [
        [row["family"], say(row["zh"], row["en"]), row["champion"] or "", row["challenger"] or "", row["metric"] or "",
         _figure(row["value"]), _figure(row["baseline"])]
        for row in rows
    ]  # fmt: skip
    screen.table(say("评分模型", "Scores"), heads, cells, left=5)
    if not any(row["champion"] or row["challenger"] for row in rows):
        screen.line(say("还没有模型。运行：kequn scores fit", "There are no models yet. Run: kequn scores fit"), "dim")


@app.command(help="用本行历史数据训练模型 | Fit models on the bank's own past")
def fit(
    context: typer.Context,
    *,
    families: Annotated[
        list[str] | None, typer.Argument(help="模型族，默认全部 | Families, default all of them")
    ] = None,
    as_of: AsOf = None,
    customers: Annotated[
        int | None, typer.Option("--customers", min=100, help="最多从多少客户学习 | Learn from so many customers")
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="训练后立即启用 | Make what was fitted champion at once")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit, save, and make champion what has none before it."""
    screen = Screen.of(context, as_json)
    made = run_fit(screen, families or [], a_day(as_of), customers, promote)
    if screen.json:
        screen.emit(made)
    else:
        show_fitted(screen, made)


def run_fit(
    screen: Screen, families: list[str], as_of: date | None, customers: int | None, promote: bool
) -> list[dict[str, Any]]:
    """Fit families one after the other and show what is worked on meanwhile."""
    from kequn.insight.scores import life

    with screen.working(screen.say("训练开始", "Fitting begins")) as status:
        return life.fit(screen.workspace(), families, as_of, customers=customers, promote=promote, notify=status.update)


def show_fitted(screen: Screen, made: list[dict[str, Any]]) -> None:
    """One line a family: version, main figure beside its baseline, whether nights use it."""
    say = screen.say
    heads = [say("模型族", "family"), say("版本", "version"), say("状态", "state"), say("指标", "figure"),
             say("模型", "model"), say("基线", "baseline"), say("秒", "seconds")]  # fmt: skip
    state = {
        "champion": say("启用", "champion"), "challenger": say("候选", "challenger"),
        "failed": say("未训练", "not fitted"),
    }  # fmt: skip
    cells = [
        [row["family"], row["version"] or "", state[row["state"]], row["metric"] or "", _figure(row["value"]),
         _figure(row["baseline"]), f"{row['seconds']:.1f}"]
        for row in made
    ]  # fmt: skip
    title = say("训练结果（验证期晚于训练期）", "Fitted (validated on later months than trained)")
    screen.table(title, heads, cells, left=4)
    for row in made:
        if row["state"] == "failed":
            screen.line(f"{row['family']}: {row['message']}", "yellow")


@app.command(help="模型卡与指标；--data 评估自有数据表 | Cards and figures; --data judges a table of your own")
def report(
    context: typer.Context,
    *,
    family: Annotated[str | None, typer.Argument(help="模型族，默认全部 | Family, default all")] = None,
    version: Annotated[str | None, typer.Option("--version", help="版本，默认在用 | Version, default champion")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="把模型卡写成网页 | Write the card as a page to this file")
    ] = None,
    data: Table = None,
    label: Annotated[str, typer.Option("--label", help="标签列 | Column of the label")] = "label",
    time: Annotated[str | None, typer.Option("--time", help="时间列 | Column of the time")] = None,
    split: Annotated[str | None, typer.Option("--split", help="train/validate 列 | Column of train/validate")] = None,
    ordered: Annotated[
        float | None,
        typer.Option(
            "--ordered",
            min=0.01,
            max=0.9,
            help="行按时间排列，最后这一比例用于验证 | Rows in time order: the last such share validates",
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="不作为特征的列 | Column that is no feature, repeatable")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what is known of the models that nights use, or fit and judge one on a table."""
    from kequn.insight.scores import card, life

    screen = Screen.of(context, as_json)
    if data is not None:
        from kequn.insight.scores.owntable import Plan, judged

        models = [judged(data, Plan(label, time, split, ordered, ignore or []), screen.workspace().settings)]
    else:
        models = life.models(screen.workspace(), family, version)
    if html is not None:
        if len(models) != 1:
            raise KequnError("A page holds one card.", "Name one family: kequn scores report FAMILY --html FILE.")
        _write(html, card.as_html(models[0], screen.language.value))
    if screen.json:
        screen.emit([card.as_dict(model) for model in models])
        return
    for model in models:
        _show_card(screen, model)
    if html is not None:
        screen.line(screen.say(f"模型卡已写入 {html}", f"The card is in {html}"), "green")


@app.command(help="两个版本的指标对比 | Figures of two versions side by side")
def compare(
    context: typer.Context,
    *,
    family: Family,
    first: Annotated[str | None, typer.Argument(help="版本，默认在用 | Version, default champion")] = None,
    second: Annotated[str | None, typer.Argument(help="版本，默认候选 | Version, default challenger")] = None,
    as_json: Json = False,
) -> None:
    """Compare champion and challenger, or any two versions."""
    from dataclasses import asdict

    from kequn.insight.scores import store

    screen = Screen.of(context, as_json)
    found = store.compare(screen.workspace(), family, first, second)
    if screen.json:
        screen.emit(asdict(found))
        return
    say = screen.say
    if not found.comparable:
        screen.line(
            say(
                "两个版本的验证期不同，数值不可直接比较。",
                "Validated on different periods: do not compare.",
            ),
            "yellow",
        )
    heads = [say("指标", "figure"), found.first, found.second, say("差", "difference")]
    cells = [[row["metric"], *(_figure(row[name]) for name in ("first", "second", "difference"))] for row in found.rows]
    screen.table(f"{family}", heads, cells)


@app.command(help="启用一个版本 | Make a version the champion")
def promote(context: typer.Context, *, family: Family, version: Version, as_json: Json = False) -> None:
    """Let nights use a version from now on."""
    from kequn.insight.scores import store

    screen = Screen.of(context, as_json)
    store.promote(screen.workspace(), family, version)
    _tell_champion(screen, family, version)


@app.command(help="退回上一个在用版本 | Go back to the champion before")
def rollback(context: typer.Context, *, family: Family, as_json: Json = False) -> None:
    """Let nights use the champion before this one again."""
    from kequn.insight.scores import store

    screen = Screen.of(context, as_json)
    _tell_champion(screen, family, store.rollback(screen.workspace(), family))


@app.command(help="按记录重算一位客户过去的评分 | Compute a customer's past scores again from their record")
def replay(
    context: typer.Context,
    *,
    customer_id: Annotated[int, typer.Argument(help="客户号 | Customer's id")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show published and recomputed attrition probability of a night side by side."""
    from kequn.insight.scores import life

    screen = Screen.of(context, as_json)
    rows = life.replayed_scores(screen.workspace(), customer_id, a_day(as_of))
    if screen.json:
        screen.emit(rows)
        return
    heads = [screen.say("客群", "segment"), screen.say("版本", "version"), screen.say("当时", "published"),
             screen.say("重算", "again"), screen.say("差", "difference")]  # fmt: skip
    cells = [
        [row["segment"], row["version"], f"{row['published']:.9f}", f"{row['again']:.9f}", f"{row['difference']:.1e}"]
        for row in rows
    ]
    screen.table(screen.say("评分复算", "Scores computed again"), heads, cells, left=2)


@app.command(help="流失预警名单，风险资产从大到小 | Customers with an attrition warning, most AUM at risk first")
def warned(
    context: typer.Context,
    *,
    segment: Annotated[str | None, typer.Option("--segment", help="客群 | Segment")] = None,
    limit: Limit = 20,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List who is likely to leave, with the first reason."""
    from kequn.insight import lists
    from kequn.insight.scores.words import LEVELS

    screen = Screen.of(context, as_json)
    rows = lists.warned(screen.workspace(), segment, limit, a_day(as_of))
    if screen.json:
        screen.emit(rows)
        return
    say = screen.say
    heads = ["customer_id", say("客群", "segment"), say("预警", "warning"), say("客户经理", "RM"),
             say("首要原因", "first reason"), say("流失概率", "probability"),
             screen.money("风险资产", "at risk")]  # fmt: skip
    cells = [
        [str(row["customer_id"]), row["segment"], say(*LEVELS[row["level"]]), row["staff_id"] or "",
         row[f"driver_1_{screen.language.value}"] or "", percent(row["probability"]),
         yuan(row["aum_at_risk"], screen.language)]
        for row in rows
    ]  # fmt: skip
    screen.table(say("流失预警", "Attrition warnings"), heads, cells, left=5)
    if not rows:
        screen.line(
            say("没有预警。尚无模型时运行：kequn scores fit", "No warnings. Without models: kequn scores fit"), "dim"
        )


@app.command(help="各客群流失画像：占比、特征、原因、趋势 | Churn profile of a segment: share, traits, causes, trend")
def churn(
    context: typer.Context,
    *,
    segment: Annotated[str, typer.Argument(help="客群，all 为全部 | Segment, all for everybody")] = "all",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what leavers of a segment have in common."""
    from kequn.insight import lists

    screen = Screen.of(context, as_json)
    found = lists.published(screen.workspace(), "churn_profile", "segment, kind, place", a_day(as_of))
    rows = [row for row in found if row["segment"] == segment]
    if not rows:
        known = sorted({row["segment"] for row in found})
        raise KequnError(
            f"There is no churn profile of {segment}.",
            f"There are {', '.join(known)}." if known else "Run: kequn scores fit attrition, then kequn night.",
        )
    if screen.json:
        screen.emit(rows)
        return
    say = screen.say
    kinds = {"share": ("占比", "share"), "outcome": ("形式", "how"), "trait": ("特征", "trait"),
             "cause": ("原因", "cause"), "month": ("月份", "month")}  # fmt: skip
    heads = [say("类别", "kind"), say("内容", "what"), say("流失者", "leavers"), say("留存者", "stayers")]
    cells = [[say(*kinds[row["kind"]]), say(row["zh"], row["en"]), _figure(row["leavers"]), _figure(row["stayers"])]
             for row in rows]  # fmt: skip
    screen.table(say(f"流失画像 {segment}", f"Churn profile of {segment}"), heads, cells, left=2)


@app.command(help="输入与评分的漂移 | Drift of inputs and scores in a night")
def drift(context: typer.Context, *, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show what has shifted since the models were fitted, warnings first."""
    from kequn.insight import lists

    screen = Screen.of(context, as_json)
    workspace, day = screen.workspace(), a_day(as_of)
    shifted = lists.published(workspace, "score_drift", "psi DESC, family, feature", day)
    realised = lists.published(workspace, "score_realised", "family, scored_on", day)
    if screen.json:
        screen.emit({"drift": shifted, "realised": realised})
        return
    say = screen.say
    rows = [row for row in shifted if row["level"] != "steady"]
    said = [[row["family"], row["version"], row[f"words_{screen.language.value}"]] for row in rows]
    screen.table(say("漂移", "Drift"), [say("模型族", "family"), say("版本", "version"), ""], said, left=3)
    screen.line(
        say(f"共 {len(shifted)} 项，{len(rows)} 项有变化。", f"{len(rows)} of {len(shifted)} have shifted."), "dim"
    )
    heads = [say("模型族", "family"), say("评分日", "scored on"), say("客户", "customers"),
             say("训练时 AUC", "AUC at fit"), say("实际 AUC", "realised AUC")]  # fmt: skip
    cells = [[row["family"], str(row["scored_on"]), f"{row['rows']:,}", _figure(row["at_fit"]), _figure(row["auc"])]
             for row in realised]  # fmt: skip
    if cells:
        screen.table(say("到期后的实际表现", "What the ranking was worth"), heads, cells, left=2)


def _tell_champion(screen: Screen, family: str, version: str) -> None:
    if screen.json:
        screen.emit({"family": family, "champion": version})
    else:
        said = screen.say(
            f"{family} 现在使用 {version}，下一夜生效。", f"Nights use {family} {version} from the next on."
        )
        screen.line(said, "green")


def _write(file: Path, page: str) -> None:
    try:
        file.write_text(page, "utf-8")
    except OSError as error:
        raise KequnError(
            f"{file} cannot be written: {error.strerror}.", "Name a file in a folder that exists."
        ) from None


def _show_card(screen: Screen, model: Model) -> None:
    from kequn.insight.scores import overview

    say = screen.say
    screen.line(f"{model.family} {model.version}", "bold")
    purpose = model.about.get("purpose", {})
    screen.line(say(str(purpose.get("zh", "")), str(purpose.get("en", ""))))
    period = model.about.get("period", {})
    if period:
        screen.line(say(f"训练 {period.get('train')}，验证 {period.get('validate')}",
                        f"Trained on {period.get('train')}, validated on {period.get('validate')}"), "dim")  # fmt: skip
    heads = [say("范围", "of"), say("指标", "figure"), say("数值", "value")]
    screen.table(say("指标", "Figures"), heads, [[a, b, _figure(c)] for a, b, c in overview.figures(model)], left=2)
    drivers = [[say(each.get("zh", each["name"]), each.get("en", each["name"])), percent(each["share"])]
               for each in list(model.about.get("drivers", []))[:8]]  # fmt: skip
    if drivers:
        screen.table(say("主要因素", "What it looks at"), [say("因素", "driver"), say("占比", "share")], drivers)
    for note in model.about.get("notes", []):
        zh, _, en = str(note).partition(" | ")
        screen.line(say(zh, en or zh), "dim")


def _figure(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
