"""Pages of tokens, and the list of operations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kequn.engage.api.models import Token
from kequn.engage.api.service import api
from kequn.engage.api.tokens import DAYS_MOST, SCOPES, make, open_to, revoke
from kequn.engage.language import lazily, say
from kequn.engage.orgs.guard import allow, person
from kequn.engage.orgs.login import sensitive
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import EVERYONE, Role

KEEPERS = (Role.ANALYST, Role.DATA_ENGINEER, Role.ADMINISTRATOR)
PAGE = 50
DAYS = ((30, "30"), (90, "90"), (180, "180"), (365, "365"))


class TokenForm(forms.Form):
    """What a new token asks."""

    name = forms.CharField(
        label=lazily("用途", "What for"), max_length=80,
        error_messages={"required": lazily("请写明由哪个程序使用。", "Say which program uses it.")},
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=lazily("权限", "Scopes"), error_messages={"required": lazily("至少选一项权限。", "Choose at least one.")}
    )
    days = forms.TypedChoiceField(label=lazily("有效天数", "Valid for days"), coerce=int, choices=DAYS, initial=90)

    def __init__(self, owner: Staff, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = open_to(owner)
        self.fields["scopes"].choices = [(name, say(*SCOPES[name][:2])) for name in names]  # type: ignore[attr-defined]


@allow(KEEPERS)
@never_cache
@sensitive
def tokens(request: HttpRequest) -> HttpResponse:
    """Tokens, and a form for a new one; its text is in the answer to the form and nowhere else."""
    me = person(request)
    form = TokenForm(me, request.POST or None)
    made = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = make(me, given["name"], given["scopes"], given["days"])
        form = TokenForm(me)
    page = Paginator(Token.visible_to(me), PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "made": made, "days_most": DAYS_MOST}
    return render(request, "api/tokens.html", context, status=422 if form.is_bound else 200)


@allow(KEEPERS)
@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token."""
    token = get_object_or_404(Token.visible_to(person(request)), pk=pk)
    revoke(token, person(request))
    messages.success(request, say(f"令牌“{token.name}”已吊销。", f"Token “{token.name}” is revoked."))
    return redirect("tokens")


@allow(EVERYONE)
def api_docs(request: HttpRequest) -> HttpResponse:
    """What programs can ask, read from the same document that they get."""
    document = api.get_openapi_schema()
    operations = [
        {"method": method.upper(), "path": path, "scope": operation["x-scope"], **_told(path, operation)}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "api/docs.html", {"document": document, "operations": operations})


def _told(path: str, operation: dict[str, Any]) -> dict[str, Any]:
    """The operation with its description in the page's language."""
    return {**operation, "description": say(CHINESE.get(path, operation["description"]), operation["description"])}


CHINESE = {
    "/api/v1/audiences": "令牌签发人自己的和本机构共享的目标客群，不含已归档。",
    "/api/v1/audiences/count": "一条规则在可见范围内选中多少客户。",
    "/api/v1/audiences/{audience_id}": "一个目标客群及其当前人数。",
    "/api/v1/audiences/{audience_id}/members": "客群中可见范围内的客户，按客户号分页；还需要 audiences:read。",
    "/api/v1/catalogue": "全部标签、客群和潜客规则。",
    "/api/v1/customers/{customer_id}": "一位客户的标签、层级和所属客群，不含姓名、证件号、手机号。",
    "/api/v1/plan": "当晚统筹计划的汇总。",
    "/api/v1/plan/contacts": "可见范围内客户的计划触达，分页。",
    "/api/v1/plan/customers/{customer_id}": "一位客户为什么这样安排，其他候选为什么没有安排。",
}
