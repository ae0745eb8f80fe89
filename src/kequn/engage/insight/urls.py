"""Addresses of insight."""

from __future__ import annotations

from django.urls import path

from kequn.engage.insight.overview import views as overview
from kequn.engage.insight.prospects import views as prospects
from kequn.engage.insight.scores import views as scores
from kequn.engage.insight.segments import views as segments
from kequn.engage.insight.tags import views as tags
from kequn.engage.insight.tiers import views as tiers

urlpatterns = [
    path("overview/", overview.overview, name="overview"),
    path("overview/trend/", overview.overview_trend, name="overview_trend"),
    path("tags/", tags.tags, name="tags"),
    path("tags/<slug:name>/", tags.tag, name="tag"),
    path("tags/<slug:name>/lineage/", tags.tag_lineage, name="tag_lineage"),
    path("tiers/", tiers.tiers, name="tiers"),
    path("tiers/movers/", tiers.tier_movers, name="tier_movers"),
    path("tiers/near/", tiers.tier_near, name="tier_near"),
    path("tiers/falling/", tiers.tier_falling, name="tier_falling"),
    path("segments/", segments.segments, name="segments"),
    path("segments/<slug:name>/", segments.segment, name="segment"),
    path("segments/<slug:name>/lists/<slug:target>/", segments.white_list, name="white_list"),
    path("prospects/", prospects.prospects, name="prospects"),
    path("prospects/<slug:rule>/", prospects.prospect_rule, name="prospect_rule"),
    path("scores/", scores.scores, name="scores"),
    path("scores/attrition/warned/", scores.warned_list, name="warned"),
    path("scores/<slug:family>/", scores.score, name="score"),
]
