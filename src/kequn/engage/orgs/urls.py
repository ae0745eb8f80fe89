"""Addresses of people and orgs."""

from __future__ import annotations

from django.urls import path

from kequn.engage.orgs import act_views, views

urlpatterns = [
    path("", views.people, name="people"),
    path("orgs/", views.orgs, name="orgs"),
    path("me/", views.me, name="me"),
    path("add/", act_views.add, name="staff_add"),
    path("staff/<str:number>/", views.one, name="staff"),
    path("staff/<str:number>/change/", act_views.change, name="staff_change"),
    path("staff/<str:number>/customers/", views.assignments, name="assignments"),
    path("staff/<str:number>/<slug:what>/", act_views.act, name="staff_act"),
]
