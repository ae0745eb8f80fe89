"""Customers: the vault of clear values, search, the customer 360."""

from __future__ import annotations

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Customers: the vault of clear values, search, the customer 360."""

    name = "kequn.engage.customers"
    label = "customers"
