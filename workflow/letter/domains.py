"""
What the domain of an email address tells of who is behind it: one that anybody gets one at, one that is thrown away.

Pure. Nothing is asked of anybody: the list of throw-away domains comes along as a package.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from emails.addresses import in_ascii

_FREE = """
gmail.com googlemail.com outlook.com hotmail.com hotmail.fr hotmail.es hotmail.co.uk live.com msn.com yahoo.com
yahoo.fr yahoo.es yahoo.co.uk yahoo.co.in ymail.com aol.com icloud.com me.com mac.com proton.me protonmail.com
protonmail.ch pm.me tutanota.com tuta.io tuta.com gmx.de gmx.net gmx.com gmx.fr gmx.at gmx.ch web.de mail.com
mail.ru inbox.ru list.ru bk.ru yandex.ru yandex.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr riseup.net
disroot.org zoho.com qq.com 163.com 126.com naver.com hanmail.net daum.net uol.com.br bol.com.br terra.com
terra.com.br t-online.de bluewin.ch libero.it virgilio.it hushmail.com fastmail.com posteo.de mailbox.org seznam.cz
wp.pl o2.pl onet.pl abv.bg ukr.net rediffmail.com
"""
FREE = frozenset(_FREE.split())
"""Where anybody gets a mailbox: such an address says nothing of an organisation."""


def of(email: str) -> str:
    """Return the domain of an address as DNS has it, in small letters; empty where it can have none."""
    try:
        return in_ascii(email).rpartition("@")[2].lower()
    except (UnicodeError, ValueError):
        return ""


def is_free(domain: str) -> bool:
    """Whether anybody gets a mailbox at a domain."""
    return domain in FREE


def is_thrown_away(domain: str) -> bool:
    """Whether mailboxes at a domain, or at one that it is below, are made to be thrown away."""
    return any(one in _thrown_away() for one in _above(domain))


@functools.cache
def _thrown_away() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


def _above(domain: str) -> Iterator[str]:
    """A domain and each that it is below, but for the last part alone."""
    parts = domain.split(".")
    for begin in range(len(parts) - 1):
        yield ".".join(parts[begin:])


def of_website(address: str) -> str:
    """Return the domain of a website as DNS has it, without `www`; empty where it has none."""
    try:
        host = urlsplit(address if "://" in address else f"https://{address}").hostname or ""
    except ValueError:
        return ""
    return of(f"x@{host}").removeprefix("www.") if host else ""


def belong_together(one: str, other: str) -> bool:
    """Whether two domains are the same, or one is below the other."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def mixes_scripts(words: str) -> bool:
    """Whether a word is of letters of several alphabets that look alike, as no language writes."""
    return any(len(_scripts(word)) > 1 for word in words.split())


def _scripts(word: str) -> set[str]:
    found = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return found & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}


_LOOK_ALIKE = str.maketrans(
    "авгеёкмнорстухіїјѕԁԛԝһӏαβεηικμνορτυχ01",
    "abreekmhopctyxiijsdqwhlabenikmnoptyxol",
)
"""Letters of Cyrillic and Greek, small and capital, and digits, that are taken for Latin ones."""


def as_it_looks(folded: str) -> str:
    """Return a folded name in Latin letters where its own only look like those: two that look alike are the same."""
    return folded.translate(_LOOK_ALIKE)
