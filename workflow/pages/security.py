"""Security headers on every answer; the one stylesheet that stands in a page is allowed by its hash."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from pathlib import Path

from flask import Response, current_app, request

from workflow.pages.reach import settings

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self' data:; font-src 'self'; "
    "frame-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"


@functools.cache
def stylesheet(folder: str) -> str:
    """Return the stylesheet without its comments: a co-signer's page carries it, and is there in one round trip."""
    css = (Path(folder) / "style.css").read_text(encoding="utf-8")
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", css, flags=re.S)).strip()


@functools.cache
def _allowed(folder: str) -> str:
    digest = hashlib.sha256(stylesheet(folder).encode()).digest()
    return f" 'sha256-{base64.b64encode(digest).decode()}'"


def own_style() -> str:
    """Return the stylesheet for a page to carry; the header of every page allows it by its hash."""
    return stylesheet(current_app.static_folder or "")


def secure(response: Response) -> Response:
    """Add the headers that every answer carries; only static files may be kept by a browser."""
    headers = response.headers
    style = _allowed(current_app.static_folder or "") if request.blueprint == "cosigner" else ""
    headers.setdefault("Content-Security-Policy", CSP.format(style=style))
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    headers["X-Robots-Tag"] = "noindex"
    if request.endpoint != "static" or response.status_code >= 400:
        headers["Cache-Control"] = "no-store"
    if settings().secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
