"""The figures of the bench of the scores as lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def lines(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What was measured, in words, with its figure."""
    return list(_lines(result))


def _lines(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    quality, speed, fitted = result["quality"], result["speed"], result["fit"]
    yield "customers x months", f"{result['customers']:,} x {result['months']}"
    yield (
        "fitting all families (goal: under 15 minutes)",
        f"{fitted['seconds']:.0f} s, {fitted['cpu_seconds']:.0f} CPU s",
    )
    for row in fitted["families"]:
        yield f"... {row['family']}", f"{row['seconds']:.0f} s" if row["state"] != "failed" else row["message"]
    yield from _attrition(quality)
    yield from _product(quality)
    channel = quality["channel"]
    for name, value in channel.items():
        if isinstance(value, int | float):
            yield f"channel: {name.replace('_', ' ')}", f"{value:,.3f}"
    yield "value: rank correlation", f"{quality['value']['pooled']['rank_correlation']:.3f}"
    uplift = quality["uplift"]
    yield f"uplift: Qini of the chosen ({uplift['chosen']})", f"{uplift['pooled']['qini']:.5f}"
    yield "uplift: Qini of the plain response", f"{uplift['baseline']['qini']:.5f}"
    yield f"attrition, {speed['customers']:,} rows: LightGBM alone on ready matrices", f"{speed['plain_cpu_s']} CPU s"
    yield "... scored from Arrow (goal: at most 1.3 x)", f"{speed['pooled_cpu_s']} CPU s, {speed['times_plain']} x"
    yield "... in every segment, with segment models and calibration", f"{speed['segments_cpu_s']} CPU s"
    yield "... with timing and drivers of those warned", f"{speed['with_drivers_cpu_s']} CPU s"
    product = result["product_speed"]
    yield (
        f"ten best of {product['products']} products for {product['customers']:,} (goal: 10)",
        f"{product['cpu_s']} CPU s",
    )


def _attrition(quality: dict[str, Any]) -> Iterator[tuple[str, str]]:
    ours, shares = quality["attrition"], quality["attrition_share_of_oracle"]
    yield "attrition: AUC, validated on later months", f"{ours['pooled']['auc']:.4f}"
    yield "... of the oracle, the same learner with the truth", f"{quality['attrition_oracle']['auc']:.4f}"
    yield "... of the plain baseline (AUM trend)", f"{ours['baseline']['auc']:.4f}"
    yield "... way from 0.5 to the oracle (goal: at least 0.9)", f"{shares['pooled']:.3f}"
    yield "... calibration error (goal: at most 0.004)", f"{ours['pooled']['ece']:.4f}"
    yield "... lift of the top tenth", f"{ours['pooled']['lift']:.2f}"
    for name, found in ours["segment"].items():
        if found["auc"] is not None and shares.get(name) is not None:
            yield (
                f"... {name}, {found['rows']:,} rows: AUC, share of the way, error",
                (f"{found['auc']:.3f}, {shares[name]:.3f}, {found['ece']:.4f}"),
            )


def _product(quality: dict[str, Any]) -> Iterator[tuple[str, str]]:
    pooled = quality["product"]["pooled"]
    yield "product: NDCG@5 re-ranked", f"{pooled['reranked']:.4f}"
    for name in ("popularity", "cosine", "ease"):
        yield f"... {name}", f"{pooled[name]:.4f}"
    yield "... times popularity (goal: at least 1.15)", f"{pooled['of_popularity']:.3f}"
    below = [name for name, found in quality["product"]["segment"].items() if found["reranked"] <= found["popularity"]]
    yield "... segments not above popularity (goal: none)", ", ".join(below) or "none"
