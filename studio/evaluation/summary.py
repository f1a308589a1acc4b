"""The results of one or several models as a job tells them."""

from __future__ import annotations

from collections.abc import Sequence

from studio.evaluation.comparison import Difference
from studio.runs.reporting import Reporter


def with_differences(
    results: Sequence[dict[str, object]],
    differences: Sequence[Difference],
    models: int,
    *,
    is_complete: bool,
    score: str = "miou",
) -> dict[str, object]:
    """Put models' results together.

    Args:
        results: of each model that was begun.
        differences: of all but the first model against it; empty where not all were scored.
        models: how many were to be scored; one stands alone.
        is_complete: all models were scored on everything.
        score: name of what is compared.

    Returns:
        The one result, or `results`, `difference`, `verdict` and, with more than two models,
        `differences`.
    """
    if models == 1:
        return {**results[0], "complete": is_complete}
    told: dict[str, object] = {"complete": is_complete, "results": list(results)}
    if differences:
        plain = [_plain(difference, score) for difference in differences]
        told["difference"] = plain[0]
        told["verdict"] = differences[0].verdict
        if len(plain) > 1:
            told["differences"] = plain
    return told


def tell_warnings(reporter: Reporter, model: str, warnings: Sequence[str], models: int) -> None:
    """Pass a model's warnings on; with its name where there are several.

    Args:
        reporter: hears them.
        model: name of the model.
        warnings: in words.
        models: how many there are.
    """
    for text in warnings:
        reporter.warn(f"{model}: {text}" if models > 1 else text)


def _plain(difference: Difference, score: str) -> dict[str, object]:
    bounds = difference.interval
    return {
        "baseline": difference.baseline,
        "model": difference.model,
        score: round(difference.value, 6),
        "interval": None if bounds is None else [round(bounds.low, 6), round(bounds.high, 6)],
        "share_above_zero": round(difference.share_above_zero, 4),
        "verdict": difference.verdict,
    }
