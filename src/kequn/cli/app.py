"""The tree of commands, and how it is run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

import kequn
from kequn.cli import (
    audience,
    bench,
    campaign,
    catalogue,
    customer,
    customers,
    demo,
    explain,
    failure,
    lineage,
    load,
    night,
    prospects,
    quarantine,
    reconciliation,
    sandbox,
    scores,
    segments,
    serve,
    settle,
    tiers,
)
from kequn.cli.group import help_alone
from kequn.cli.screen import Choices
from kequn.errors import KequnError
from kequn.language import Language, asked_for, one_of

Command = TyperGroup | TyperCommand
Parameter = TyperArgument | TyperOption
COMMANDS: dict[str, tuple[Callable[..., Any], str]] = {
    "demo": (
        demo.demo,
        "造一家样板银行，跑三个月末夜批，看结果 | Make a sandbox bank, run three nights, show what they found",
    ),
    "load": (
        load.load,
        "装载来源系统的文件；不带参数则装载全部到达文件 | Load a source's files, or all that have landed",
    ),
    "quarantine": (
        quarantine.quarantine,
        "被隔离的行：原因和出处 | Rows that were set aside, with reason and position",
    ),
    "reconciliation": (
        reconciliation.reconciliation,
        "余额与流水不符的账户 | Accounts whose balances and postings disagree",
    ),
    "night": (
        night.night,
        "跑一夜：装载、归户、标签、分层、分群、潜客 | Run one night, from landed files to publication",
    ),
    "settle": (
        settle.settle,
        "重新统筹一夜的活动：计划、价值、稀缺的价格 | Settle a night's campaigns again: plan, worth, prices",
    ),
    "explain": (
        explain.explain,
        "一位客户为何这样安排、为何没有其他 | Why a customer is contacted so, and not otherwise",
    ),
    "nights": (night.nights, "已发布的夜批 | Published nights"),
    "catalogue": (catalogue.catalogue, "标签、客群和潜客规则目录 | All tags, segments and prospect rules"),
    "lineage": (lineage.lineage, "一个标签来自哪些表和字段 | Source tables and columns of a tag"),
    "customer": (customer.customer, "一位客户的全部信息（敏感字段脱敏） | Everything known of one customer, C2 masked"),
    "serve": (serve.serve, "启动工作台网站 | Start the console"),
    "prospects": (prospects.prospects, "潜力客户名单及依据 | Prospect lists with their evidence"),
}
GROUPS: dict[str, tuple[typer.Typer, str]] = {
    "sandbox": (sandbox.app, "样板银行 | A made-up bank"),
    "audience": (audience.app, "用规则圈选目标客群 | Select customers by a rule over tags"),
    "segments": (segments.app, "九大客群、交叉覆盖、白名单 | Segments, cross-coverage, white lists"),
    "campaign": (campaign.app, "活动：列表、检查、漏斗 | Campaigns: list, check, funnel"),
    "scores": (scores.app, "评分模型：训练、评估、启用、回退 | Models of scores: fit, judge, promote, roll back"),
    "customers": (customers.app, "工作台里的客户信息 | The console's vault of customers"),
    "tiers": (tiers.app, "客户分层与升降 | Tiers, and who moved between them"),
    "bench": (bench.app, "性能测量 | Measure speed and memory"),
}


def build(language: Language) -> TyperGroup:
    """The whole command, its help in ``language``."""
    app = typer.Typer(pretty_exceptions_enable=False, invoke_without_command=True, help=_ABOUT)
    app.callback()(choose)
    for name, (function, help_text) in COMMANDS.items():
        app.command(name, help=help_text)(function)
    for name, (group, help_text) in GROUPS.items():
        app.add_typer(group, name=name, help=help_text)
    command = cast("TyperGroup", typer.main.get_command(app))
    for part in walk(command):
        part.help = one_of(part.help or "", language)
        for parameter in parameters(part):
            parameter.help = one_of(parameter.help or "", language)
    return command


_ABOUT = "客群 Kequn：零售银行客户经营平台 | Kequn: customer operations for retail banks"


def choose(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(envvar="KEQUN_HOME", help="工作目录，默认 ./workspace | Workspace, default ./workspace"),
    ] = None,
    lang: Annotated[
        Language, typer.Option(envvar="KEQUN_LANG", help="输出语言 | Language of the output")
    ] = Language.ZH,
    version: Annotated[bool, typer.Option("--version", help="打印版本 | Print the version")] = False,
) -> None:
    """Keep the global options for the command that follows."""
    context.obj = Choices(home, lang)
    if version:
        typer.echo(f"kequn {kequn.__version__}")
    else:
        help_alone(context)


def walk(command: Command) -> Iterator[Command]:
    """A command and all commands below it."""
    yield command
    for part in getattr(command, "commands", {}).values():
        yield from walk(part)


def parameters(command: Command) -> list[Parameter]:
    """Arguments and options of a command, without those that every command line tool has."""
    own = (one for one in command.params if isinstance(one, TyperArgument | TyperOption))
    return [one for one in own if "completion" not in (one.name or "")]


def run(args: Sequence[str]) -> int:
    """Run one command line; returns its exit code: 0 done, 1 the user's fault, 2 ours."""
    language, as_json = asked_for(args), "--json" in args
    try:
        code = build(language)(list(args), prog_name="kequn", standalone_mode=False)
        sys.stdout.flush()
    except KequnError as error:
        return failure.users_fault(error, as_json)
    except typer.TyperException as error:
        return failure.wrong_usage(error, as_json, language)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nothing more to flush
        return 0
    except Exception as error:
        return failure.our_fault(error, args, as_json, language)
    return code if isinstance(code, int) else 0
