"""Addresses of logging in: of allauth's pages only those that staff need."""

from __future__ import annotations

from allauth.account import views
from allauth.urls import build_provider_urlpatterns
from django.urls import include, path

from kequn.engage.orgs.views import carry_on

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("continue/", carry_on, name="account_continue"),
    path("password/", views.password_change, name="account_change_password"),
    path("second-factor/", include("allauth.mfa.urls")),
    path("single-sign-on/", include("allauth.socialaccount.urls")),
    *build_provider_urlpatterns(),
]
