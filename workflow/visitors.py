"""What is kept of where a visitor comes from: a keyed hash of the network, a few words for the browser."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

from config.settings import Settings

BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "CrOS": "ChromeOS",
    "Mac OS X": "Mac",
    "Linux": "Linux",
}
"""What stands in a user agent, and what it means; the first that is found, for many name others too."""


def network(settings: Settings, whose: str, address: str) -> str:
    """
    Return a keyed hash of the network of an address; empty where it is no address.

    A network is the first 24 bits of an IPv4 address, the first 48 of an IPv6 address; hashed for one link or person
    alone, so that two do not tell whether they were in the same place.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    around = ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False)
    return hmac.new(settings.secret().encode(), f"network/{whose}/{around}".encode(), hashlib.sha256).hexdigest()[:16]


def browser(agent: str) -> str:
    """Return which browser on which system a user agent says it is, without versions."""
    what = next((name for mark, name in BROWSERS.items() if mark in agent), "Another program")
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), "")
    return f"{what} on {system}" if system else what
