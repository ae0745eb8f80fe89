"""Forms of people: the list's filters, and what an administrator enters."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from kequn.engage.language import lazily, say
from kequn.engage.orgs.models import Org, Staff
from kequn.engage.orgs.roles import Role


def roles() -> list[tuple[str, str]]:
    """Roles with their labels."""
    return [(role.value, role.label) for role in Role]


class Filters(forms.Form):
    """What the list of staff may be narrowed by."""

    q = forms.CharField(required=False, max_length=100)
    role = forms.ChoiceField(required=False)
    org = forms.CharField(required=False, max_length=32)
    active = forms.ChoiceField(required=False, choices=[("", ""), ("yes", ""), ("no", "")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", say("全部岗位", "All roles")), *roles()]  # type: ignore[attr-defined]

    def found(self, user: Staff) -> QuerySet[Staff]:
        """Staff that fit, within the user's orgs; what is searched for is taken literally."""
        self.is_valid()
        asked, staff = self.cleaned_data, Staff.visible_to(user).select_related("org").order_by("username")
        if asked.get("q"):
            staff = staff.filter(Q(username__icontains=asked["q"]) | Q(name__icontains=asked["q"]))
        if asked.get("role"):
            staff = staff.filter(role=asked["role"])
        if asked.get("org"):
            below = Org.visible_to(user).filter(org_id=asked["org"]).values_list("path", flat=True).first()
            staff = staff.filter(org__path__startswith=below) if below else staff.none()
        if asked.get("active"):
            staff = staff.filter(is_active=asked["active"] == "yes")
        return staff


class PostForm(forms.ModelForm):  # type: ignore[type-arg]
    """Role, org and department of a member of staff."""

    role = forms.ChoiceField(label=lazily("岗位", "Role"))
    org = forms.ModelChoiceField(
        Org.objects.none(), label=lazily("机构号", "Org"), widget=forms.TextInput(attrs={"list": "orgs"}),
        error_messages={"invalid_choice": lazily("没有这个机构，或不在您的范围内。", "No such org within yours.")},
    )  # fmt: skip
    department = forms.CharField(label=lazily("部门", "Department"), required=False, max_length=40)

    class Meta:
        model = Staff
        fields = ("role", "org", "department")

    def __init__(self, by: Staff, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles()  # type: ignore[attr-defined]
        self.fields["org"].queryset = Org.visible_to(by)  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field.widget, forms.Select) else "form-control"


class NewForm(PostForm):
    """A new member of staff."""

    name = forms.CharField(label=lazily("姓名", "Name"), max_length=80)

    class Meta(PostForm.Meta):
        fields = ("username", "name", "role", "org", "department")  # type: ignore[assignment]
        labels = {"username": lazily("工号", "Staff number")}  # noqa: RUF012
        help_texts = {"username": ""}  # noqa: RUF012
