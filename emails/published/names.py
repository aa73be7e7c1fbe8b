"""Questions to DNS, and what cannot be asked told apart from what is not there."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any, TypeVar

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
T = TypeVar("T")


class NotAskedError(Exception):
    """DNS has not answered, or has said that it can't just now: nothing is known of what was asked."""


class Names:
    """
    Asks a DNS server: the machine's own, or the one at `server` (an address, with `:port` where it is not 53).

    A name that is not there, or that cannot be one, has no records. Raises `ValueError` for a server that is written
    otherwise; every question may raise `NotAskedError`.
    """

    def __init__(self, server: str = "", seconds: float = 5.0) -> None:
        self._resolver = dns.resolver.Resolver(configure=not server)
        if server:
            host, port = _host_and_port(server)
            self._resolver.nameservers, self._resolver.port = [host], port
        self._resolver.timeout, self._resolver.lifetime = seconds / 2, seconds

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each as one string; bytes beyond ASCII stand as they are in Latin-1."""
        return self._ask(name, "TXT", lambda record: b"".join(record.strings).decode("latin-1"))

    def addresses(self, name: str, kind: str) -> list[Address]:
        """Return the addresses of a name, of the kind A or AAAA."""
        return self._ask(name, kind, lambda record: ipaddress.ip_address(record.address))

    def all_addresses(self, name: str) -> list[Address]:
        """Return all of them."""
        return [*self.addresses(name, "A"), *self.addresses(name, "AAAA")]

    def exchangers(self, name: str) -> list[str]:
        """Return the names of the servers that take a domain's mail, the preferred first; `.` takes none."""
        found = self._ask(name, "MX", lambda record: (record.preference, _written(record.exchange)))
        return [host for _, host in sorted(found)]

    def names_of(self, address: Address) -> list[str]:
        """Return the names that an address says it has."""
        asked = dns.reversename.from_address(str(address)).to_text()
        return self._ask(asked, "PTR", lambda record: _written(record.target))

    def _ask(self, name: str, kind: str, read: Callable[[Any], T]) -> list[T]:
        try:
            asked = dns.name.from_text(name.rstrip("."), dns.name.root)
        except (dns.exception.DNSException, UnicodeError):
            return []
        try:
            return [read(record) for record in self._resolver.resolve(asked, kind, search=False)]
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            why = "it did not answer in time" if isinstance(error, dns.exception.Timeout) else "it can’t say just now"
            raise NotAskedError(f"DNS could not be asked for {kind} of {name}: {why}.") from error


def _host_and_port(server: str) -> tuple[str, int]:
    """Return the parts of 192.0.2.1, 192.0.2.1:53, 2001:db8::1 or [2001:db8::1]:53."""
    host, _, port = server.rpartition(":")
    if not host or (":" in host and not host.startswith("[")):
        host, port = server, "53"
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
        if not 0 < int(port) < 65536:
            raise ValueError
    except ValueError as error:
        raise ValueError("A DNS server is written as its address, like 192.0.2.53 or 127.0.0.1:5353.") from error
    return host, int(port)


def _written(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True) if name != dns.name.root else "."
