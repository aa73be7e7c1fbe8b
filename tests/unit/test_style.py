"""The stylesheets: what the dark changes."""

import re
from pathlib import Path

import pytest

from workflow.verify import page

STATIC = Path(__file__).parent.parent.parent / "templates" / "static"


@pytest.mark.parametrize("path", [STATIC / "style.css", page.FOLDER / "page.css"], ids=["style", "verifier"])
def test_the_dark_changes_colours_alone(path):
    """So a page that everybody can use in the light is looked at in the dark for its colours only."""
    css = path.read_text(encoding="utf-8")
    blocks = re.findall(r"@media \(prefers-color-scheme: dark\) \{\s*:root \{([^{}]*)\}\s*\}", css)
    assert len(blocks) == css.count("prefers-color-scheme") == 1
    for line in blocks[0].strip().split(";"):
        assert re.fullmatch(r"\s*--[a-z-]+: #[0-9a-f]{6}\s*|", line), line
