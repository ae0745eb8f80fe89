"""Addresses of people and orgs."""

from __future__ import annotations

from django.urls import path

from kequn.engage.orgs import views

urlpatterns = [
    path("", views.people, name="people"),
]
