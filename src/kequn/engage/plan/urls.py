"""Addresses of the plan, of the documents that it follows, and of their changes."""

from __future__ import annotations

from django.urls import path

from kequn.engage.plan import change_views, views

urlpatterns = [
    path("plan/", views.plan, name="plan"),
    path("plan/campaigns/<slug:name>/", views.campaign, name="plan_campaign"),
    path("plan/explain/", views.explain, name="explain"),
    path("plan/explain/<int:customer_id>/part/", views.explain_part, name="explain_part"),
    path("policy/", change_views.policy, name="policy"),
    path("policy/capacity/", change_views.capacity, name="capacity"),
    path("changes/", change_views.changes, name="changes"),
    path("changes/new/<str:kind>/", change_views.new, name="change_new"),
    path("changes/<int:number>/", change_views.change, name="change"),
    path("changes/<int:number>/edit/", change_views.edit, name="change_edit"),
    path("changes/<int:number>/rehearsal/", change_views.rehearsal, name="change_rehearsal"),
    path("changes/<int:number>/rehearse/", change_views.rehearse, name="change_rehearse"),
    path("changes/<int:number>/submit/", change_views.submit, name="change_submit"),
    path("changes/<int:number>/withdraw/", change_views.withdraw, name="change_withdraw"),
    path("changes/<int:number>/rebase/", change_views.rebase, name="change_rebase"),
    path("changes/<int:number>/undo/", change_views.undo, name="change_undo"),
    path("changes/<int:number>/decide/", change_views.decide, name="change_decide"),
    path("changes/<int:number>/apply/", change_views.apply, name="change_apply"),
]
