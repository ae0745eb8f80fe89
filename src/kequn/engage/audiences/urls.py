"""Addresses of audiences."""

from __future__ import annotations

from django.urls import path

from kequn.engage.audiences import members, parts, views

urlpatterns = [
    path("", views.audiences, name="audiences"),
    path("new/", views.new, name="audience_new"),
    path("parts/form/", parts.other_form, name="audience_form"),
    path("parts/count/", parts.count, name="audience_count"),
    path("parts/details/", parts.details, name="audience_details"),
    path("parts/beside/", parts.beside, name="audience_beside"),
    path("<int:pk>/", views.audience, name="audience"),
    path("<int:pk>/edit/", views.edit, name="audience_edit"),
    path("<int:pk>/compare/", views.compare, name="audience_compare"),
    path("<int:pk>/clone/", views.clone, name="audience_clone"),
    path("<int:pk>/archive/", views.archive, name="audience_archive"),
    path("<int:pk>/members/", members.member_list, name="audience_members"),
]
