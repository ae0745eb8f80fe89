"""What the web server calls."""

from __future__ import annotations

import os
import threading

from django.core.wsgi import get_wsgi_application

from kequn.engage.data.watch import end_after

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kequn.engage.settings")
application = get_wsgi_application()
if parent := os.environ.get("KEQUN_SERVED_BY"):
    end_after(int(parent))


def _warm() -> None:
    """The first page would otherwise wait for all views' imports, the night's tables and the catalogue."""
    from django.conf import settings
    from django.urls import get_resolver

    from kequn.engage.site.night import newest
    from kequn.insight.reading import definitions

    _ = get_resolver().url_patterns
    newest(settings.WORKSPACE)
    definitions(settings.WORKSPACE)


threading.Thread(target=_warm, name="warm", daemon=True).start()
