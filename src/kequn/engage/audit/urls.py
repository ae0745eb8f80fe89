"""Addresses of audit."""

from __future__ import annotations

from django.urls import path

from kequn.engage.audit import views

urlpatterns = [
    path("", views.events, name="audit"),
    path("verify/", views.whole, name="audit_verify"),
    path("<int:number>/", views.event, name="audit_entry"),
]
