"""What is kept of where a visitor comes from: the network (to be hashed), a few words for the browser."""

from __future__ import annotations

import ipaddress

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


def network(address: str) -> str:
    """Return the network of an address: the first 24 bits of an IPv4, 48 of an IPv6 one; empty where it is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))


def browser(agent: str) -> str:
    """Return which browser on which system a user agent says it is, without versions."""
    what = next((name for mark, name in BROWSERS.items() if mark in agent), "Another program")
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), "")
    return f"{what} on {system}" if system else what
