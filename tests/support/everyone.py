"""Whether everybody can use a page: WCAG 2.2 AA by axe-core, light and dark, nothing wider than the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What else there is cannot differ: the dark changes colours alone (tests/unit/test_style.py)."""
OPENED = """() => {
  document.querySelectorAll("details").forEach(one => { one.open = true; });
  // What the bar covers is free once the page is scrolled; what the menu covers, once it is folded.
  document.querySelectorAll(".sticky, .menu > div").forEach(one => { one.style.position = "static"; });
}"""
RUN = """async rules => {
  const {violations} = await axe.run(
    document, {runOnly: rules, resultTypes: ["violations"], selectors: false, preload: false});
  return violations.map(({id, help, nodes}) => [id, help, nodes.slice(0, 3).map(node => node.html.slice(0, 160))]);
}"""
WIDE = "document.documentElement.scrollWidth > window.innerWidth"


def narrow(chromium: Any, **named: Any) -> Any:
    """A context of a phone's width, whose pages can be checked."""
    return checkable(chromium.new_context(viewport={"width": 320, "height": 700}, **named))


def checkable(context: Any) -> Any:
    """The context, each of whose pages has axe-core beside its own scripts."""
    context.add_init_script(AXE)
    return context


def faults(page: Any) -> list[Any]:
    """What axe-core finds on the page as it stands, and of its colours in the dark, or in the light, also."""
    page.wait_for_load_state()  # Without its style it is another page.
    found = page.evaluate(RUN, RULES)
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    page.emulate_media(color_scheme="light" if dark else "dark")
    found += page.evaluate(RUN, OF_COLOURS)
    page.emulate_media(color_scheme="dark" if dark else "light")
    return list(found)


def check(page: Any, where: str | None = None) -> None:
    """Nothing that axe-core finds, nothing wider than the screen; every folded part is opened first."""
    if where is not None:
        page.goto(where)
    page.wait_for_load_state()
    page.evaluate(OPENED)
    assert faults(page) == [], page.url
    assert not page.evaluate(WIDE), f"{page.url} is too wide"
