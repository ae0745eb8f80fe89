"""Search the audit chain, and follow one event to what came before and after it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django import forms
from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from kequn.engage.audit.models import Entry
from kequn.engage.audit.words import ACTIONS, action, page_of, particulars, subject
from kequn.engage.language import lazily, say
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role

AROUND = 5


@dataclass(frozen=True)
class Shown:
    """An entry as a page shows it."""

    entry: Entry
    action: str
    subject: str
    address: str
    particulars: list[tuple[str, str]]

    @classmethod
    def of(cls, entry: Entry, user: Staff) -> Shown:
        """The entry in the page's language, with the subject's page where ``user`` may open it."""
        about = entry.subject
        return cls(entry, action(entry.action), subject(about), page_of(about, user), particulars(entry.detail))

    @property
    def role(self) -> str:
        """The role that the person had then."""
        return Role(self.entry.role).label if self.entry.role in set(Role) else self.entry.role

    @property
    def brief(self) -> str:
        """The particulars in one line."""
        return say("；", "; ").join(f"{name} {value}" for name, value in self.particulars)


class Search(forms.Form):
    """What the list may be narrowed by, all by the address."""

    q = forms.CharField(required=False, max_length=100, strip=True)
    actor = forms.CharField(required=False, max_length=150, strip=True)
    action = forms.ChoiceField(required=False)
    subject = forms.CharField(required=False, max_length=200, strip=True)
    since = forms.DateField(required=False, label=lazily("起", "From"))
    until = forms.DateField(required=False, label=lazily("止", "Until"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [("", say("全部", "All")), *((name, say(*words)) for name, words in ACTIONS.items())]
        self.fields["action"].choices = choices  # type: ignore[attr-defined]

    def found(self, user: Staff) -> QuerySet[Entry]:
        """The entries that fit, newest first; a field that makes no sense narrows nothing and shows its error."""
        entries = Entry.visible_to(user).order_by("-number")
        asked = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        for name in ("actor", "action"):
            if asked.get(name):
                entries = entries.filter(**{name: asked[name]})
        if asked.get("subject"):
            entries = entries.filter(subject__icontains=asked["subject"])
        if asked.get("since"):
            entries = entries.filter(at__gte=_midnight(asked["since"]))
        if asked.get("until"):
            entries = entries.filter(at__lt=_midnight(asked["until"] + timedelta(days=1)))
        return _containing(entries, asked["q"]) if asked.get("q") else entries


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _containing(entries: QuerySet[Entry], text: str) -> QuerySet[Entry]:
    """Those whose subject or particulars contain ``text`` as it is; SQLite keeps JSON with escapes for Chinese."""
    inside = json.dumps(text, ensure_ascii=connection.vendor == "sqlite")[1:-1]
    written = entries.annotate(written=Cast("detail", TextField()))
    return written.filter(Q(subject__icontains=text) | Q(written__icontains=inside))


def around(entry: Entry, user: Staff) -> dict[str, list[Shown]]:
    """What came before and after, newest first: on the same subject, and by the same person."""
    seen = Entry.visible_to(user)
    return {
        "subject": _neighbours(entry, seen.filter(subject=entry.subject), user),
        "actor": _neighbours(entry, seen.filter(actor=entry.actor), user),
    }


def _neighbours(entry: Entry, entries: QuerySet[Entry], user: Staff) -> list[Shown]:
    after = entries.filter(number__gt=entry.number).order_by("number")[:AROUND]
    before = entries.filter(number__lte=entry.number).order_by("-number")[: AROUND + 1]
    return [Shown.of(each, user) for each in [*reversed(after), *before]]
