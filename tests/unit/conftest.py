"""What several unit tests are given."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("templates") / "emails"
    (folder / "invitation").mkdir(parents=True)
    (folder / "layout.html").write_text(
        "<!doctype html><html><head><title>{{ subject }}</title></head>"
        "<body>{% block main %}{% endblock %}</body></html>"
    )
    (folder / "mail.css").write_text(
        '.button { color: #ffffff; font-family: "Segoe UI", sans-serif; }\n'
        "@media (prefers-color-scheme: dark) { .button { color: #000000 !important; } }\n"
    )
    (folder / "invitation" / "subject.txt").write_text("{{ title }}\n")
    (folder / "invitation" / "body.txt").write_text(
        "Dear {{ name }},\n{% if body %}\n{{ body }}\n{% endif %}\nhttps://letters.example.org/s/tok=en?x=1\n\n"
    )
    (folder / "invitation" / "body.html").write_text(
        '{% extends "layout.html" %}{% block main %}<p class="button">Dear {{ name }},</p>'
        "<pre>{{ body }}</pre>{% endblock %}"
    )
    return folder
