"""Feature templates of a product: their rules and the values that licenses start with."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from keyturn.core.text import clean_line
from keyturn.licensing.products.models import Feature, Product
from keyturn.licensing.values import Errors

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")


def clean_features(features: Sequence[Mapping[str, Any]], errors: Errors) -> list[dict[str, Any]]:
    """Field values for Feature rows, in the given order; problems are filed under "features"."""
    cleaned: list[dict[str, Any]] = []
    for position, (given, problem) in enumerate(zip(features, problems(features), strict=True)):
        if problem:
            errors.setdefault("features", []).append(problem)
            continue
        cleaned.append(
            {
                "key": given["key"],
                "label": clean_line(str(given.get("label") or given["key"]))[:100],
                "type": given["type"],
                "default": given.get("default"),
                "description": clean_line(str(given.get("description") or ""))[:500],
                "position": position,
            }
        )
    return cleaned


def problems(features: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with each of `features`, in their order; empty where nothing is."""
    found: list[str] = []
    taken: set[str] = set()
    for given in features:
        key, kind = str(given.get("key", "")), str(given.get("type", ""))
        found.append(_problem(key, kind, given.get("default"), taken))
        if not found[-1]:
            taken.add(key)
    return found


def defaults(product: Product) -> dict[str, Any]:
    """What a license of `product` starts with, by feature key."""
    return {feature.key: feature.default for feature in product.features.all()}


def templates_of(product: Product) -> list[dict[str, Any]]:
    """The templates of `product` as `clean_features` gives them."""
    return [
        {name: getattr(feature, name) for name in ("key", "label", "type", "default", "description", "position")}
        for feature in product.features.all()
    ]


def _problem(key: str, kind: str, default: Any, taken: set[str]) -> str:
    if not _KEY.fullmatch(key):
        return f"“{key[:40]}” is no feature key: start with a small letter, then small letters, digits and _."
    if key in taken:
        return f"The feature key “{key}” stands twice. Keys are unique."
    if kind not in Feature.Type.values:
        return f"Choose the type of “{key}”: boolean, number or string."
    fits = {
        Feature.Type.BOOLEAN: isinstance(default, bool),
        # A number without a value means unlimited.
        Feature.Type.NUMBER: default is None or (isinstance(default, int) and not isinstance(default, bool)),
        Feature.Type.STRING: isinstance(default, str) and len(default) <= 500,
    }[Feature.Type(kind)]
    return "" if fits else f"The default of “{key}” must fit its type."
