"""Pages of the data: nights, deliveries, rows set aside, reconciliation, identity, and the jobs beside the console."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kequn.bank import quarantine as shelf
from kequn.engage.audit import chain, export
from kequn.engage.data import deliveries as delivered
from kequn.engage.data import nights as published
from kequn.engage.data import queue
from kequn.engage.data.deliveries import Asked
from kequn.engage.data.jobs import JOBS
from kequn.engage.data.models import Run
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow, person
from kequn.engage.orgs.roles import BACK_OFFICE, Role
from kequn.engage.site.charts import Chart
from kequn.engage.site.night import Night

READERS = BACK_OFFICE | {Role.ANALYST}
PAGE, RUNS = 50, 12
SAMPLE = 20


@allow(READERS)
@require_GET
def nights(request: HttpRequest) -> HttpResponse:
    """Published nights, whether all is well, and the jobs' last runs."""
    workspace = settings.WORKSPACE
    rows = published.listed(workspace)
    context = {
        "health": published.health(workspace, published.today()), "running": published.running(workspace),
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")), "missing": published.missing(rows)[-10:],
        "chart": _seconds(rows), **_jobs(request),
    }  # fmt: skip
    return render(request, "data/nights.html", context)


@allow(READERS)
@require_GET
def status(request: HttpRequest) -> HttpResponse:
    """The part of the page that follows the jobs."""
    context = {"running": published.running(settings.WORKSPACE), **_jobs(request)}
    return render(request, "data/jobs.html", context)


def _jobs(request: HttpRequest) -> dict[str, Any]:
    """The last runs with their jobs' names, and what this person may start."""
    runs = [(run, JOBS[run.job].label if run.job in JOBS else run.job) for run in Run.objects.all()[:RUNS]]
    may = person(request).duty is Role.DATA_ENGINEER
    return {
        "runs": runs, "startable": [job for job in JOBS.values() if job.by_hand] if may else [],
        "busy": any(run.state in (Run.State.WAITING, Run.State.RUNNING) for run, _ in runs),
    }  # fmt: skip


@allow(Role.DATA_ENGINEER)
@require_POST
def start(request: HttpRequest, job: str) -> HttpResponse:
    """Run a job now; one that waits or runs already is not started twice."""
    if job not in JOBS or not JOBS[job].by_hand:
        raise Http404
    who = person(request)
    with transaction.atomic():
        if Run.objects.filter(job=job, state__in=[Run.State.WAITING, Run.State.RUNNING]).exists():
            messages.warning(request, say("已经在运行或排队。", "It runs or waits already."))
            return redirect("nights")
        run = queue.ask(job, who.username)
        chain.record(who, "change", f"run:{run.pk}", job=job)
    messages.success(request, say(f"已开始：{JOBS[job].zh}", f"Started: {JOBS[job].en}"))
    return redirect("nights")


@allow(READERS)
@require_GET
def night(request: HttpRequest, key: str) -> HttpResponse:
    """One night: its stages, and its tables beside those of the night before."""
    found = published.find(settings.WORKSPACE, key)
    if found is None:
        raise Http404
    told = published.one(settings.WORKSPACE, found)
    return render(request, "data/night.html", {"told": told, "chart": _stages(told["stage_rows"])})


@allow(READERS)
@require_GET
def deliveries(request: HttpRequest) -> HttpResponse:
    """Files of the source systems with their account of rows."""
    asked = _asked(request, "status")
    rows = delivered.deliveries(settings.WORKSPACE, asked)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "asked": asked, "choices": delivered.choices(settings.WORKSPACE), "totals": delivered.totals(rows),
        "page": page, "files": len(rows), "shown": [(row, _status(row["status"])) for row in page],
        "status": {name: say(*label) for name, label in delivered.STATUS.items()},
    }  # fmt: skip
    return render(request, "data/deliveries.html", context)


@allow(READERS)
@require_http_methods(["GET", "POST"])
def quarantine(request: HttpRequest) -> HttpResponseBase:
    """Rows that were not loaded: how many by reason, a sample, and a file of them."""
    asked = _asked(request, "reason")
    counted = delivered.aside(settings.WORKSPACE, asked)
    total = sum(row["rows"] for row in counted)
    if export.asked(request):
        return export.download(request, "quarantine", _heads(), _cells(asked), total=total)
    context = {
        "asked": asked, "choices": delivered.choices(settings.WORKSPACE), "total": total,
        "page": Paginator(counted, PAGE).get_page(request.GET.get("page")), "sample": _sample(asked, SAMPLE),
        "reasons": {name: say(*label) for name, label in delivered.REASONS.items()}, "chart": _reasons(counted),
    }  # fmt: skip
    return render(request, "data/quarantine.html", context)


def _status(name: str) -> str:
    return say(*delivered.STATUS.get(name, (name, name)))


def _rows(asked: Asked) -> Iterator[shelf.Quarantined]:
    return shelf.list(
        settings.WORKSPACE, source=asked.source or None, table=asked.table or None, day=asked.date,
        reason=asked.kind or None,
    )  # fmt: skip


def _sample(asked: Asked, most: int) -> list[dict[str, Any]]:
    return [asdict(row) | {"words": delivered.reason(row.reason)} for row in islice(_rows(asked), most)]


def _heads() -> list[str]:
    return [
        say("来源", "Source"), say("表", "Table"), say("交付日", "Day"), say("文件", "File"), say("行号", "Row"),
        say("原因", "Reason"), say("字段", "Column"), say("原值", "Value"), say("记录", "Record"),
    ]  # fmt: skip


def _cells(asked: Asked) -> Iterator[list[object]]:
    for row in _rows(asked):
        words = delivered.reason(row.reason)
        yield [row.source, row.table, row.day, row.file, row.row, words, row.column, row.value, row.record]


@allow(READERS)
@require_GET
def reconciliation(request: HttpRequest) -> HttpResponse:
    """Accounts whose balances and postings disagree, and what identity could not settle."""
    night: Night | None = request.night  # type: ignore[attr-defined]
    if night is None or not (night.has("reconciliation") or night.has("identity_guard")):
        told = night is not None and "reconciliation" in night.published.manifest["tables"]
        return render(request, "data/reconciliation.html", {"empty": True, "clean": told})
    total: dict[str, Any] = {"accounts": 0, "gap_fen": 0, "days": 0}
    page, rows = None, []
    if night.has("reconciliation"):
        total = night.row("""SELECT count(*) AS accounts, coalesce(sum(abs(total_gap_fen)), 0)::BIGINT AS gap_fen,
            max(last_day) AS last_day FROM reconciliation""") or total  # fmt: skip
        page = Paginator(range(total["accounts"]), PAGE).get_page(request.GET.get("page"))
        rows = _drifting(night, page.start_index() - 1) if total["accounts"] else []
    context = {
        "total": total, "page": page, "rows": rows,
        "guard": _guard(night), "changes": _identity_changes(night),
    }  # fmt: skip
    return render(request, "data/reconciliation.html", context)


def _drifting(night: Night, first: int) -> list[dict[str, Any]]:
    """Accounts that drift, the largest gap first, from one on."""
    return night.rows(
        """SELECT source_ref, first_day, last_day, days_apart, largest_gap_fen, total_gap_fen FROM reconciliation
        ORDER BY largest_gap_fen DESC, account_id LIMIT $most OFFSET $first""",
        most=PAGE,
        first=first,
    )


def _guard(night: Night) -> list[dict[str, Any]]:
    """Identity keys that too many parties share, without the keys."""
    if not night.has("identity_guard"):
        return []
    return night.rows("""SELECT key_kind, action, any_value(reason_zh) AS reason_zh, any_value(reason_en) AS reason_en,
        count(DISTINCT key_value) AS keys, max(parties) AS parties FROM identity_guard
        GROUP BY key_kind, action ORDER BY keys DESC, key_kind, action""")  # fmt: skip


def _identity_changes(night: Night) -> list[dict[str, Any]]:
    if not night.has("identity_change"):
        return []
    return night.rows("""SELECT kind, count(*) AS customers, sum(parties)::BIGINT AS parties FROM identity_change
        GROUP BY kind ORDER BY customers DESC, kind""")  # fmt: skip


def _asked(request: HttpRequest, kind: str) -> Asked:
    values = {name: request.GET.get(name, "").strip() for name in ("source", "table", "day")}
    asked = Asked(**values, kind=request.GET.get(kind, "").strip())
    return asked if asked.date or not asked.day else Asked(asked.source, asked.table, "", asked.kind)


def _seconds(rows: list[dict[str, Any]]) -> Chart:
    title = say("每夜用了多少秒", "Seconds of each night")
    drawn = [(row["as_of"].isoformat(), round(row["seconds"], 1)) for row in reversed(rows[:30])]
    return Chart("seconds", "bar", title, "plain", (say("业务日期", "Night"), say("秒", "Seconds")), drawn, height=220)


def _stages(stages: list[dict[str, Any]]) -> Chart:
    title = say("用时最长的步骤（秒）", "Stages that took longest (seconds)")
    longest = sorted(stages, key=lambda stage: -stage["seconds"])[:15]
    drawn = [(stage["name"], round(stage["seconds"], 2)) for stage in longest]
    return Chart("stages", "rows", title, "plain", (say("步骤", "Stage"), say("秒", "Seconds")), drawn, height=360)


def _reasons(counted: list[dict[str, Any]]) -> Chart:
    found: dict[str, int] = {}
    for row in counted:
        found[row["words"]] = found.get(row["words"], 0) + row["rows"]
    title = say("隔离原因", "Why rows were set aside")
    drawn = sorted(found.items(), key=lambda item: -item[1])
    return Chart("reasons", "rows", title, "count", (say("原因", "Reason"), say("行", "Rows")), drawn, height=220)
