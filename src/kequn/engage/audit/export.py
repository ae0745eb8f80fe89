"""Files that leave the house: within scope and limit, for a purpose, watermarked, and on the audit chain.

A list page offers its rows as a file with two additions. In the template, where its actions are:

    {% load export %}{% block actions %}{% export_button total %}{% endblock %}

and in the view (which is open to GET and POST), after it has read its filters from ``request.GET`` and counted:

    if export.asked(request):
        return export.download(request, "prospects", columns, rows, total=total)

The form posts to the page's own address, so the filters are the page's. ``name`` is a word for the list in ASCII;
it names the file and stands on the audit chain. ``columns`` are heads in the page's language. ``rows`` may be a
generator, which is read only after all checks; it must be within the person's scope, as everything on the page is.
Cells are texts, numbers, dates, times, booleans or None; amounts go in yuan (``Decimal(fen) / 100``). Everything
that the person must correct or confirm (purpose, limit, password) leads back to the page with the form open.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone

from kequn.engage.audit import chain
from kequn.engage.audit.sheets import Row, counted, write_csv, write_excel
from kequn.engage.language import say
from kequn.engage.orgs.guard import person
from kequn.engage.orgs.login import again, recent
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role
from kequn.errors import KequnError

# Whoever else may open a list may only read it; relationship managers have a limit of their own.
EXPORTERS = frozenset({
    Role.ANALYST, Role.MAKER, Role.APPROVER, Role.DEPARTMENT_HEAD, Role.BRANCH_MANAGER, Role.CHIEF_RM, Role.AUDITOR,
    Role.DATA_ENGINEER,
})  # fmt: skip
PURPOSE_LEAST, PURPOSE_MOST = 5, 200
KEPT = "export_form"
PLAIN = re.compile(r"[\w:.,-]{0,60}", re.ASCII)
PERSONAL = re.compile(r"\d{7,}")

Writer = Callable[[IO[bytes], Sequence[str], Iterable[Row], str], int]


@dataclass(frozen=True)
class Kind:
    """A kind of file."""

    write: Writer
    media: str


KINDS = {
    "xlsx": Kind(write_excel, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": Kind(write_csv, "text/csv; charset=utf-8"),
}


class ExportError(KequnError):
    """What is wrong with the wish for a file: its purpose, its kind or its size."""


def asked(request: HttpRequest) -> bool:
    """Whether the form of ``{% export_button %}`` was sent."""
    return request.method == "POST" and request.POST.get("export") == "1"


def rows_most(staff: Staff) -> int:
    """How many rows this person may take out at once; 0 without the right."""
    ours = settings.WORKSPACE.settings
    if staff.duty is Role.RM:
        return int(ours.integer("console.export_rows_rm"))
    return int(ours.integer("console.export_rows")) if staff.duty in EXPORTERS else 0


def download(
    request: HttpRequest, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, total: int
) -> HttpResponseBase:
    """The rows as a file of the kind that the form asks for (``format`` xlsx or csv, ``purpose`` a text).

    Raises PermissionDenied without the right to export, and whatever the audit chain raises: what is not recorded
    does not leave. A form that must be corrected, or a password that is not recent, leads back to the page.
    """
    staff = person(request)
    most = rows_most(staff)
    if not most:
        chain.record(staff, "export_refused", f"list:{name}", rows=total)
        raise PermissionDenied
    form = {"format": request.POST.get("format", ""), "purpose": request.POST.get("purpose", "").strip()}
    try:
        _check(form, total, most)
        if not recent(request):
            _keep(request, form)
            return again(request)
        return _file(request, name, columns, counted(rows, most, too_many(most + 1, most)), form)
    except ExportError as refused:
        return _back(request, form | {"error": str(refused)})


def too_many(total: int, most: int) -> ExportError:
    """The error of a list that is longer than a person may take out."""
    return ExportError(
        say(
            f"共 {total:,} 行，一次最多导出 {most:,} 行。", f"There are {total:,} rows; at most {most:,} leave at once."
        ),
        say("请用筛选缩小范围后再导出。", "Narrow the list with a filter first."),
    )


def _check(form: dict[str, str], total: int, most: int) -> None:
    if form["format"] not in KINDS:
        raise ExportError(say("请选择文件格式。", "Choose a kind of file."))
    if not PURPOSE_LEAST <= len(form["purpose"]) <= PURPOSE_MOST:
        raise ExportError(
            say(f"请写明用途（{PURPOSE_LEAST} 至 {PURPOSE_MOST} 个字）。",
                f"Say what the file is for, in {PURPOSE_LEAST} to {PURPOSE_MOST} characters.")
        )  # fmt: skip
    if total > most:
        raise too_many(total, most)


def _file(
    request: HttpRequest, name: str, columns: Sequence[str], rows: Iterable[Row], form: dict[str, str]
) -> FileResponse:
    """Written whole, recorded with its digest, and only then sent."""
    staff, now, kind = person(request), timezone.localtime(), KINDS[form["format"]]
    file = tempfile.TemporaryFile(prefix="kequn-export-")  # noqa: SIM115 (the response closes it)
    try:
        number = kind.write(file, columns, rows, watermark(staff, now, form["purpose"]))
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        chain.record(
            staff, "export", f"list:{name}", format=form["format"], purpose=form["purpose"], rows=number,
            columns=list(columns), filters=_filters(request), sha256=digest,
        )  # fmt: skip
    except BaseException:
        file.close()
        raise
    file.seek(0)
    file_name = f"{name}-{now:%Y%m%d-%H%M}.{form['format']}"
    response = FileResponse(file, as_attachment=True, filename=file_name, content_type=kind.media)
    response["Cache-Control"] = "no-store"
    return response


def watermark(staff: Staff, now: datetime, purpose: str) -> str:
    """Whose file this is, from when and what for."""
    return say(
        f"{staff} 于 {now:%Y-%m-%d %H:%M} 导出，用途：{purpose}。仅限内部使用。",
        f"Exported by {staff} on {now:%Y-%m-%d %H:%M} for: {purpose}. Internal use only.",
    )


def _filters(request: HttpRequest) -> dict[str, str]:
    """The page's filters for the chain; what may be somebody's name or number is left out."""
    shown = {name: ",".join(request.GET.getlist(name)) for name in request.GET}
    return {name: text if PLAIN.fullmatch(text) and not PERSONAL.search(text) else "…" for name, text in shown.items()}


def _back(request: HttpRequest, form: dict[str, str]) -> HttpResponseRedirect:
    _keep(request, form)
    return HttpResponseRedirect(request.get_full_path())


def _keep(request: HttpRequest, form: dict[str, str]) -> None:
    request.session[KEPT] = form | {"path": request.path}


def kept(request: HttpRequest) -> dict[str, Any]:
    """The form as it was filled in before, given out once and only on its own page."""
    if request.session.get(KEPT, {}).get("path") != request.path:
        return {}
    form: dict[str, Any] = request.session.pop(KEPT)
    return form
