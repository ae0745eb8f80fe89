"""Addresses of the data pages."""

from __future__ import annotations

from django.urls import path

from kequn.engage.data import views

urlpatterns = [
    path("", views.nights, name="nights"),
    path("status/", views.status, name="jobs"),
    path("start/<slug:job>/", views.start, name="job_start"),
    path("nights/<slug:key>/", views.night, name="night"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("quarantine/", views.quarantine, name="quarantine"),
    path("reconciliation/", views.reconciliation, name="reconciliation"),
]
