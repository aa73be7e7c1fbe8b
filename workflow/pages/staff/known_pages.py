"""Which of several pages there is: navigation leads to each by its address, whichever blueprint has it."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, url_for

KNOWN = "undersigned.pages"


def address(*rules: str, **named: Any) -> str:
    """Return the address of the first page that there is of these rules, or nothing."""
    endpoint = endpoint_of(*rules)
    return url_for(endpoint, **named) if endpoint else ""


def endpoint_of(*rules: str) -> str:
    """Return the endpoint of the first page that there is of these rules, or nothing."""
    known = _pages(current_app)
    return next((known[rule] for rule in rules if rule in known), "")


def _pages(app: Flask) -> dict[str, str]:
    """Return the endpoints of the pages that can be read, by their rules."""
    known: dict[str, str] | None = app.extensions.get(KNOWN)
    if known is None:
        known = {rule.rule: rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        app.extensions[KNOWN] = known
    return known
