"""Forms of audiences."""

from __future__ import annotations

from typing import Any

from django import forms

from kequn.engage.audiences.counting import RULE_MOST, Looker, size
from kequn.engage.audiences.faults import Fault, fault_of
from kequn.engage.audiences.keeping import Draft
from kequn.engage.audiences.models import Audience
from kequn.engage.language import lazily, say
from kequn.errors import KequnError


class AudienceForm(forms.Form):
    """What the builder saves; ``fault`` says where the rule is wrong."""

    name = forms.CharField(
        label=lazily("名称", "Name"),
        max_length=80,
        error_messages={"required": lazily("请填写名称。", "Give it a name.")},
    )
    rule = forms.CharField(
        max_length=RULE_MOST,
        strip=True,
        error_messages={"required": lazily("还没有条件。", "There is no condition yet.")},
    )
    note = forms.CharField(label=lazily("本次修改说明", "What changed"), max_length=200, required=False)
    shared = forms.BooleanField(label=lazily("与本机构同事共享", "Share with colleagues at my org"), required=False)
    base = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, looker: Looker, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._looker = looker
        self.fault: Fault | None = None

    def clean_rule(self) -> str:
        """The rule with plain line ends, if this night can be counted by it."""
        rule = str(self.cleaned_data["rule"]).replace("\r\n", "\n")
        try:
            size(self._looker, rule)
        except KequnError as error:
            self.fault = fault_of(error, rule)
            raise forms.ValidationError(self.fault.message) from None
        return rule

    def draft(self) -> Draft:
        """What was typed, once it is valid."""
        given = self.cleaned_data
        return Draft(given["name"], given["rule"], given["shared"], given["note"], given["base"] or 0)

    @staticmethod
    def held(audience: Audience) -> dict[str, Any]:
        """What the form shows for a kept audience."""
        number = audience.newest.number if audience.newest else 0
        return {"name": audience.name, "rule": audience.rule, "shared": audience.shared, "base": number}


class ListForm(forms.Form):
    """Filters of the list."""

    q = forms.CharField(label=lazily("名称", "Name"), required=False, max_length=80)
    owner = forms.ChoiceField(
        label=lazily("所有人", "Owner"), required=False,
        choices=[
            ("", lazily("全部", "Everybody's")), ("me", lazily("我的", "Mine")),
            ("others", lazily("同事共享", "Shared by colleagues")),
        ],
    )  # fmt: skip
    archived = forms.BooleanField(label=lazily("已归档", "Archived"), required=False)

    def chosen(self) -> dict[str, Any]:
        """The filters; none where one is not valid."""
        return self.cleaned_data if self.is_valid() else {"q": "", "owner": "", "archived": False}


def examples() -> list[tuple[str, str]]:
    """Audiences to begin with, in words, and their rules."""
    return [
        (say("最近 3 个月有代发、还没有信用卡、25 至 45 岁", "Paid here, no credit card yet, aged 25 to 45"),
         "payroll and not credit_card and age between 25 and 45"),
        (say("贵宾及以上、30 天内有资金到期", "Gold tier and above, with money maturing within 30 days"),
         "tier in ('gold', 'platinum', 'diamond', 'private') and maturing_30d_fen > 0"),
        (say("金融资产 20 万元以上、30 天没有登录掌银的掌银客户",
             "App users with 200,000 or more, not seen for 30 days"),
         "aum_month_avg >= yuan(200000) and app_user and days_since_login > 30"),
    ]  # fmt: skip
