"""A small browser for the demo: it keeps cookies, follows redirects, and fills in the forms that a page has."""

from __future__ import annotations

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser

SECONDS = 30


class PageError(Exception):
    """A page that was not as it should be; says which one and what it answered."""


@dataclass(slots=True)
class Form:
    """A form as the page has it: where it goes, and what it sends when nothing is changed."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Radio buttons and boxes, none of which is sent unless it is chosen."""


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._area: str | None = None
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
            self._open = True
        elif not self._open or not given.get("name"):
            return
        elif tag == "textarea":
            self._area = given["name"]
            self.forms[-1].fields[self._area] = ""
        elif tag == "select":
            self.forms[-1].fields[given["name"]] = ""
        elif tag == "input" and given.get("type") in ("radio", "checkbox"):
            self.forms[-1].choices.setdefault(given["name"], []).append(given.get("value", "on"))
        elif tag == "input" and given.get("type") != "file":
            self.forms[-1].fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "form":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.forms[-1].fields[self._area] += data


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its final address, its status and its text."""

    url: str
    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The page as text."""
        return self.body.decode("utf-8", "replace")

    def form(self, ending: str, names: Iterable[str] = ()) -> Form:
        """Return the first form that is posted to an address with this ending and has these fields."""
        parser = _Forms()
        parser.feed(self.text)
        for found in parser.forms:
            whole = not set(names) - found.fields.keys() - found.choices.keys()
            if whole and urllib.parse.urlsplit(found.action or self.url).path.endswith(ending):
                # A line break right after <textarea> is not part of its value.
                found.fields = {name: value.removeprefix("\n") for name, value in found.fields.items()}
                return found
        raise PageError(f"{self.url} has no form for {ending} with {', '.join(names) or 'any field'}.")


class Browser:
    """One person's browser."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def get(self, url: str) -> Page:
        """Open an address; raises `PageError` when the answer is not 200."""
        return self._open(url, None)

    def submit(self, page: Page, ending: str, **given: str) -> Page:
        """Fill in and send the page's form that goes to `ending`; raises `PageError` when it is refused."""
        form = page.form(ending, given)
        action = urllib.parse.urljoin(page.url, form.action or page.url)
        return self._open(action, urllib.parse.urlencode({**form.fields, **given}).encode())

    def _open(self, url: str, data: bytes | None) -> Page:
        try:
            with self._opener.open(urllib.request.Request(url, data), timeout=SECONDS) as answer:
                return Page(answer.geturl(), answer.status, answer.read())
        except urllib.error.HTTPError as error:
            said = " ".join(error.read().decode("utf-8", "replace").split())[-400:]
            raise PageError(f"{url} answered {error.code}: {said}") from error
        except OSError as error:
            raise PageError(f"{url} does not answer: {error}") from error
