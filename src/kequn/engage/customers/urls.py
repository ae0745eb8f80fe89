"""Addresses of customers."""

from __future__ import annotations

from django.urls import path

from kequn.engage.customers import views

urlpatterns = [
    path("", views.search, name="customer_search"),
    path("<int:customer_id>/", views.customer, name="customer"),
    path("<int:customer_id>/reveal/<slug:field>/", views.reveal, name="customer_reveal"),
    path("<int:customer_id>/<slug:part>/", views.part, name="customer_part"),
]
