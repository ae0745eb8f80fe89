"""Acts of the administrator: each is confirmed, asks for a recent password, and is on the audit chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from kequn.engage.language import say
from kequn.engage.orgs import acts
from kequn.engage.orgs.forms import NewForm, PostForm
from kequn.engage.orgs.guard import allow, person
from kequn.engage.orgs.login import sensitive
from kequn.engage.orgs.models import Org, Staff
from kequn.engage.orgs.roles import Role

ORGS_MOST = 500


@dataclass(frozen=True)
class Act:
    """Words of an act (its button and what will happen), and what it does; a text that it returns is shown once."""

    button: tuple[str, str]
    happens: tuple[str, str]
    do: Callable[[Staff, Staff], str | None]


ACTS = {
    "off": Act(
        ("停用账号", "Switch off"),
        ("此人立即不能再登录，已打开的页面在下一次点击时失效。",
         "They can no longer log in; pages that are open end with the next click."),
        lambda by, staff: acts.switch(by, staff, False),
    ),
    "on": Act(
        ("启用账号", "Switch on"), ("此人可以重新登录。", "They can log in again."),
        lambda by, staff: acts.switch(by, staff, True),
    ),
    "password": Act(
        ("重发一次性密码", "Give a one-time password"),
        ("原密码立即失效，所有会话结束；新密码只显示一次，首次登录必须修改。",
         "The old password and all sessions end at once. The new one is shown once and must be changed at login."),
        acts.one_time_password,
    ),
    "factor": Act(
        ("重置第二验证", "Reset the second factor"),
        ("删除此人的验证器和恢复码，所有会话结束；下次登录须重新设置。",
         "Authenticator and recovery codes are deleted and all sessions end; they set up a new one at the next login."),
        acts.reset_factor,
    ),
    "follow": Act(
        ("恢复按银行数据更新", "Follow the bank's tables again"),
        ("从下一次夜批起，岗位、机构和在职状态按银行数据更新。",
         "From the next night on role, org and service follow the bank's tables."),
        acts.follow_bank,
    ),
}  # fmt: skip


@allow(Role.ADMINISTRATOR)
@sensitive
def act(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Ask, then do it; a password is shown once."""
    if what not in ACTS:
        raise Http404
    staff = _staff(request, number)
    if request.method == "POST":
        try:
            shown = ACTS[what].do(person(request), staff)
        except acts.ActError as error:
            messages.error(request, str(error))
            return redirect("staff", staff.username)
        if shown:
            return _once(request, staff, shown)
        messages.success(request, say("已完成。", "Done."))
        return redirect("staff", staff.username)
    words = {"button": say(*ACTS[what].button), "happens": say(*ACTS[what].happens)}
    return render(request, "orgs/act.html", {"staff": staff, **words})


@allow(Role.ADMINISTRATOR)
@sensitive
def add(request: HttpRequest) -> HttpResponse:
    """Enter a member of staff by hand."""
    form = NewForm(person(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _once(request, *acts.add(person(request), form.cleaned_data))
    return render(request, "orgs/form.html", {"form": form, "orgs": _orgs(request)})


@allow(Role.ADMINISTRATOR)
@sensitive
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Another role, org or department."""
    staff = _staff(request, number)
    form = PostForm(person(request), request.POST or None, initial={
        "role": staff.role, "org": staff.org_id, "department": staff.department,
    })  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            acts.change(person(request), staff, form.cleaned_data)
        except acts.ActError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, say("已保存。", "Saved."))
            return redirect("staff", staff.username)
    return render(request, "orgs/form.html", {"form": form, "staff": staff, "orgs": _orgs(request)})


def _staff(request: HttpRequest, number: str) -> Staff:
    return get_object_or_404(Staff.visible_to(person(request)).select_related("org"), username=number)


def _orgs(request: HttpRequest) -> list[Org]:
    return list(Org.visible_to(person(request))[:ORGS_MOST])


def _once(request: HttpRequest, staff: Staff, password: str) -> HttpResponse:
    response = render(request, "orgs/password.html", {"staff": staff, "password": password})
    response["Cache-Control"] = "no-store"
    return response
