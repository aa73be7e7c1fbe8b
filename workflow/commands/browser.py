"""A small browser for the demo: it keeps cookies, follows redirects, and fills in the forms that a page has."""

from __future__ import annotations

import http.cookiejar
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass

import lxml.html

SECONDS = 30
TRIES = 6
PAUSE = 3
"""How often a page that is busy (503) is asked again, and after how many seconds: as impatient people do."""


class PageError(Exception):
    """A page that was not as it should be; says which one and what it answered."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as the page has it: where it goes, and what it sends when nothing is changed."""

    action: str
    fields: dict[str, str]


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
        page = lxml.html.document_fromstring(self.text, base_url=self.url)
        page.make_links_absolute()
        for found in page.forms:
            action = found.action or self.url
            if urllib.parse.urlsplit(action).path.endswith(ending) and not set(names) - set(found.fields.keys()):
                # A line break right after <textarea> is not part of its value.
                return Form(action, {name: value.removeprefix("\n") for name, value in found.form_values()})
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
        return self._open(form.action, urllib.parse.urlencode({**form.fields, **given}).encode())

    def _open(self, url: str, data: bytes | None, tries: int = TRIES) -> Page:
        try:
            with self._opener.open(urllib.request.Request(url, data), timeout=SECONDS) as answer:
                return Page(answer.geturl(), answer.status, answer.read())
        except urllib.error.HTTPError as error:
            if error.code == 503 and tries > 1:
                time.sleep(PAUSE)
                return self._open(url, data, tries - 1)
            said = " ".join(error.read().decode("utf-8", "replace").split())[-400:]
            raise PageError(f"{url} answered {error.code}: {said}") from error
        except OSError as error:
            raise PageError(f"{url} does not answer: {error}") from error
