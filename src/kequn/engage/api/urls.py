"""Addresses of the API and of the pages about it."""

from __future__ import annotations

from django.urls import include, path, re_path

from kequn.engage.api import service, views

urlpatterns = [
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("docs/", views.api_docs, name="api_docs"),
    path("v1/", include((service.addresses(), "service"))),
    re_path(r"^v1/(?P<rest>.*)$", service.nothing, name="api_nothing"),
]
