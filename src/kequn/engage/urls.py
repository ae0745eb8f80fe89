"""Every address of the console; each app lists its own."""

from __future__ import annotations

from django.urls import include, path

from kequn.engage.orgs.views import language
from kequn.engage.site import health, requests, views

urlpatterns = [
    path("", views.home, name="home"),
    path("tour-seen", views.tour_seen, name="tour_seen"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("language/", language, name="set_language"),
    path("account/", include("kequn.engage.orgs.account_urls")),
    path("people/", include("kequn.engage.orgs.urls")),
    path("customers/", include("kequn.engage.customers.urls")),
    path("audiences/", include("kequn.engage.audiences.urls")),
    path("data/", include("kequn.engage.data.urls")),
    path("audit/", include("kequn.engage.audit.urls")),
    path("api/", include("kequn.engage.api.urls")),
    path("", include("kequn.engage.insight.urls")),
    path("", include("kequn.engage.plan.urls")),
]
handler403 = views.forbidden
handler404 = views.missing
handler500 = requests.broken
