"""Files that leave the house: within scope and limit, for a purpose, watermarked, and on the audit chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpRequest, HttpResponse


def download(
    request: HttpRequest, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, total: int
) -> HttpResponse:
    """The rows as a file of the kind that the form asks for (``format`` xlsx or csv, ``purpose`` a text)."""
    raise NotImplementedError
