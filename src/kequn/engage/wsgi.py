"""What the web server calls."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from kequn.engage.data.watch import end_after

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kequn.engage.settings")
application = get_wsgi_application()
if parent := os.environ.get("KEQUN_SERVED_BY"):
    end_after(int(parent))
