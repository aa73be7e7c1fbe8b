"""Security headers on every answer, and how often one may try."""

from __future__ import annotations

from flask import Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from workflow.pages.reach import settings

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"

limiter = Limiter(get_remote_address)


def secure(response: Response) -> Response:
    """Add the headers that every answer carries; only static files may be kept by a browser."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    headers["X-Robots-Tag"] = "noindex"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    if settings().secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
