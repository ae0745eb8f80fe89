"""Pages of the documents and their changes: what is in force, propose, rehearse, submit, decide, undo."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from kequn.engage.data.models import Run
from kequn.engage.language import say
from kequn.engage.orgs.guard import allow, person
from kequn.engage.orgs.login import sensitive
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import PLANNERS, Role
from kequn.engage.plan import documents, forms, proposing
from kequn.engage.plan.comparing import compared
from kequn.engage.plan.fields import differences
from kequn.engage.plan.models import Change
from kequn.engage.plan.states import NotNowError, may
from kequn.errors import KequnError

READERS = PLANNERS | {Role.AUDITOR, Role.ADMINISTRATOR}
MAKERS = frozenset({Role.MAKER, Role.DEPARTMENT_HEAD})
PAGE = 50
State = Change.State
TABS = {
    "waiting": ("待审批", "Waiting"),
    "mine": ("我的", "Mine"),
    "history": ("历史", "History"),
}


@allow(READERS)
@require_GET
def policy(request: HttpRequest, kind: str = Change.Kind.POLICY) -> HttpResponse:
    """The document in force, by section in words."""
    values, version = documents.in_force(settings.WORKSPACE, kind)
    latest = Change.objects.filter(kind=kind, state=State.APPLIED).select_related("author", "decided_by")
    context = {
        "kind": kind, "version": version, "sections": forms.drawn(kind, values, documents.default(kind), values, ("",
          "")),
        "own": (settings.WORKSPACE.home / documents.FILES[Change.Kind(kind)]).is_file(),
        "last": latest.order_by("-applied_at").first(), "may_propose": person(request).duty in MAKERS,
        "open": Change.objects.filter(kind=kind, state=State.SUBMITTED).count(),
    }  # fmt: skip
    return render(request, "plan/policy.html", context)


@allow(READERS)
@require_GET
def capacity(request: HttpRequest) -> HttpResponse:
    """What can be done in a day, in force."""
    return policy(request, Change.Kind.CAPACITY)


@allow(MAKERS)
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Propose a change of a document."""
    if kind not in Change.Kind.values:
        raise Http404
    before, _ = documents.in_force(settings.WORKSPACE, kind)
    return _form(request, kind, before, before, None)


@allow(MAKERS)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Edit one's own change; one that was submitted becomes a draft again."""
    change = _own(request, number)
    if not may(change, "edit"):
        raise NotNowError(f"A change that is {change.state} is not edited any more.", "Propose a new one.")
    before, _ = documents.in_force(settings.WORKSPACE, change.kind)
    values = proposing.carried(change.before, change.content, before)
    return _form(request, change.kind, before, values, change)


def _form(
    request: HttpRequest, kind: str, before: dict[str, Any], values: dict[str, Any], change: Change | None
) -> HttpResponse:
    """Show the editor; on POST save, or show it again with what was typed and what is wrong."""
    who, why, wrong, general = person(request), change.why if change else "", ("", ""), ""
    if request.method == "POST":
        values, why = forms.posted(kind, before, request.POST), request.POST.get("why", "").strip()
        try:
            if not why:
                raise KequnError("why: Say why.")
            saved = proposing.edit(change, who, values, why) if change else proposing.propose(who, kind, values, why)
        except NotNowError:
            raise
        except proposing.UnchangedError:
            general = say("与现行规则没有差别，请先修改。", "Nothing differs from what is in force: change a field.")
        except KequnError as error:
            wrong = forms.fault(error)
            if not forms.at_a_field(kind, before, wrong[0]):
                general = wrong[1] if why else ""
        else:
            return redirect("change", saved.pk)
    drawn = forms.drawn(kind, values, documents.default(kind), before, wrong)
    context = {
        "kind": kind, "change": change, "sections": drawn, "why": why, "general": general, "wrong": wrong,
        "lacks_why": request.method == "POST" and not why,
    }  # fmt: skip
    return render(request, "plan/change_form.html", context, status=422 if request.method == "POST" else 200)


@allow(READERS)
@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """Waiting for approval, one's own, and what was decided."""
    who = person(request)
    tab = request.GET.get("tab") or ("mine" if who.duty in MAKERS else "waiting")
    tab = tab if tab in TABS else "waiting"
    page = Paginator(_listed(who, tab), PAGE).get_page(request.GET.get("page"))
    shown = [(each, differences(each.kind, each.before, each.content), each.author_id == who.pk) for each in page]
    waiting = Change.visible_to(who).filter(state=State.SUBMITTED).count()
    context = {
        "tab": tab, "tabs": {name: say(*label) for name, label in TABS.items()}, "page": page,
        "shown": shown, "waiting": waiting,
        "may_propose": who.duty in MAKERS, "may_decide": proposing.decides(who),
    }  # fmt: skip
    return render(request, "plan/changes.html", context)


def _listed(who: Staff, tab: str) -> QuerySet[Change]:
    seen = Change.visible_to(who).select_related("author", "decided_by")
    if tab == "waiting":
        return seen.filter(state=State.SUBMITTED).order_by("submitted_at", "id")
    if tab == "mine":
        return seen.filter(author=who).order_by("-edited_at", "-id")
    return seen.filter(state__in=[State.APPLIED, State.APPROVED, State.REJECTED, State.WITHDRAWN]).order_by(
        "-edited_at", "-id"
    )


@allow(READERS)
@require_GET
def change(request: HttpRequest, number: int) -> HttpResponse:
    """One change: what differs, what it would bring, what was decided."""
    return render(request, "plan/change.html", _about(request, _seen(request, number)))


@allow(READERS)
@require_GET
def rehearsal(request: HttpRequest, number: int) -> HttpResponse:
    """The part of the page that waits for the dry run."""
    return render(request, "plan/rehearsal.html", _about(request, _seen(request, number)))


@allow(MAKERS)
@require_POST
def rehearse(request: HttpRequest, number: int) -> HttpResponse:
    """Start the dry run."""
    proposing.rehearse(_own(request, number), person(request))
    return redirect("change", number)


@allow(MAKERS)
@require_POST
def submit(request: HttpRequest, number: int) -> HttpResponse:
    """Put it before an approver."""
    proposing.submit(_own(request, number), person(request))
    messages.success(request, say("已提交审批。", "Submitted for approval."))
    return redirect("change", number)


@allow(MAKERS)
@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take it back."""
    proposing.withdraw(_own(request, number), person(request))
    messages.success(request, say("已撤回。", "Withdrawn."))
    return redirect("change", number)


@allow(MAKERS)
@require_POST
def rebase(request: HttpRequest, number: int) -> HttpResponse:
    """Lay it over what is in force now."""
    proposing.rebase(_own(request, number), person(request))
    messages.success(
        request, say("已按现行规则重排，请重新试算。", "Laid over what is in force: run the dry run again.")
    )
    return redirect("change", number)


@allow(MAKERS)
@require_POST
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Propose to take an applied change back."""
    undone = proposing.undo(_seen(request, number), person(request))
    return redirect("change", undone.pk)


@allow(Role.APPROVER)
@sensitive
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Approve or reject exactly what is shown."""
    _of_the_bank(request)
    change = _seen(request, number)
    why, problem = request.POST.get("why", "").strip(), ""
    if request.method == "POST":
        verdict, shown = request.POST.get("verdict"), request.POST.get("shown", "")
        if verdict == "reject" and not why:
            problem = say("驳回要写明原因。", "Say why it is rejected.")
        else:
            try:
                act = proposing.approve if verdict == "approve" else proposing.reject
                act(change, person(request), shown, why)
            except proposing.MovedError:
                problem = say(
                    "现行规则在提交之后变过，这份变更不能批准。请驳回，由经办人按现行规则重排。",
                    "What is in force has changed since this was submitted, so it cannot be approved. "
                    "Reject it; its author lays it over the new one.",
                )
            except proposing.OwnWorkError:
                problem = say("经办人不能审批自己的变更。", "Who makes a change never approves it.")
            except NotNowError:
                problem = say(
                    "变更在您查看之后改过，没有批准。下面是现在的内容，请重新核对。",
                    "The change was edited after you opened this page; nothing was decided. This is what it says now.",
                )
                change = _seen(request, number)
            else:
                messages.success(request, _decided(verdict == "approve"))
                return redirect("change", number)
    context = _about(request, change) | {"problem": problem, "why": why}
    return render(request, "plan/decide.html", context, status=422 if problem else 200)


@allow(Role.APPROVER)
@require_POST
def apply(request: HttpRequest, number: int) -> HttpResponse:
    """Bring into force what was approved and interrupted."""
    _of_the_bank(request)
    proposing.apply(_seen(request, number), person(request))
    return redirect("change", number)


def _of_the_bank(request: HttpRequest) -> None:
    if not proposing.decides(person(request)):
        raise PermissionDenied


def _decided(yes: bool) -> str:
    if yes:
        return say("已批准并生效，下一个夜批按新规则统筹。", "Approved and in force: the next night settles by it.")
    return say("已驳回。", "Rejected.")


def _seen(request: HttpRequest, number: int) -> Change:
    seen = Change.visible_to(person(request)).select_related("author", "decided_by", "undoes")
    return get_object_or_404(seen, pk=number)


def _own(request: HttpRequest, number: int) -> Change:
    return get_object_or_404(Change.objects.filter(author=person(request)), pk=number)


def _about(request: HttpRequest, change: Change) -> dict[str, Any]:
    """Everything that the page of a change shows."""
    who = person(request)
    own, night = change.author_id == who.pk and who.duty in MAKERS, request.night  # type: ignore[attr-defined]
    moved = False
    if change.state in (State.DRAFT, State.SUBMITTED):
        moved = documents.in_force(settings.WORKSPACE, change.kind)[1] != change.base
    found = change.rehearsal if change.is_rehearsed else None
    return {
        "change": change, "differs": differences(change.kind, change.before, change.content), "own": own,
        "moved": moved, "found": compared(found, request) if found else None,
        "run": Run.objects.filter(pk=change.run).first() if change.run else None,
        "old_night": bool(found and night and change.rehearsed_night != night.key),
        "may": {action: own and may(change, action) for action in ("edit", "submit", "withdraw")},
        "may_decide": proposing.decides(who) and change.state == State.SUBMITTED and change.author_id != who.pk,
        "may_apply": proposing.decides(who) and change.state == State.APPROVED,
        "may_undo": who.duty in MAKERS and change.state == State.APPLIED,
    }  # fmt: skip
