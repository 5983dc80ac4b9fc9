"""The API's description: for programs as OpenAPI, for people as a page."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from keyturn.api import codes
from keyturn.api.v1 import openapi
from keyturn.platform.preferences.addresses import base_url


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document; it holds nothing that is secret."""
    return JsonResponse(openapi.document(f"{base_url()}/api/v1"), headers={"Access-Control-Allow-Origin": "*"})


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every endpoint with its parameters, and every code."""
    context = {
        "server": f"{base_url()}/api/v1",
        "endpoints": [_shown(one) for one in openapi.described()],
        "codes": sorted(codes.MESSAGES.items()),
    }
    return render(request, "api/reference.html", context)


def _shown(one: openapi.Described) -> dict[str, Any]:
    fields = [
        {
            "name": name,
            "type": _kind(schema),
            "required": name in one.required or name in one.in_path,
            "note": schema.get("description", "").replace("`", ""),
        }
        for name, schema in one.fields.items()
    ]
    return {
        "name": one.name,
        "anchor": one.name.replace("/", "-"),
        "method": one.method,
        "summary": one.summary,
        "fields": fields,
    }


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = schema.get("type", "any")
    limits = [f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema]
    name = " or ".join(kind) if isinstance(kind, list) else str(schema.get("format", kind))
    return f"{name}, {' '.join(limits)}" if limits and abs(schema.get("maximum", 0)) < 2**31 - 1 else name
