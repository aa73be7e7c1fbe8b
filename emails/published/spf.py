"""Whether a domain lets an address send mail in its name (SPF, RFC 7208)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from emails.published import spf_record
from emails.published.names import Address, Names, NotAskedError
from emails.published.spf_record import Record, SpfSyntaxError, Term

MOST_LOOKUPS = 10
"""So many terms that ask DNS a record may lead to; over that no server accepts it (section 4.6.4)."""
MOST_EMPTY = 2
"""So many of them may find nothing."""
ASKING = ("include", "a", "mx", "ptr", "exists")
NOTHING = ipaddress.ip_address("203.0.113.255")
"""An address for documentation, which no record means: to see all of a record's terms."""


@dataclass(slots=True)
class Verdict:
    """What a server concludes of an address: `result` is a word of RFC 7208, section 2.6."""

    result: str
    why: str = ""
    record: str = ""
    """The domain's own record, where it has one."""
    lookups: int = 0
    matched: str = ""
    """The term that decided."""


class _EndedError(Exception):
    """The record cannot be used, or DNS not be asked."""

    def __init__(self, result: str, why: str) -> None:
        super().__init__(why)
        self.result = result


def check(names: Names, address: Address, sender: str, helo: str) -> Verdict:
    """Return what a server concludes that gets a mail of `sender` from an address that greets as `helo`."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    local, at, domain = sender.rpartition("@")
    asked = _Asked(names, mapped or address, local or "postmaster", domain if at else helo, helo)
    verdict = Verdict("none")
    try:
        verdict.result, verdict.matched, verdict.record = asked.host(asked.domain)
        if verdict.result == "none":
            verdict.why = "There is no SPF record."
    except _EndedError as ended:
        verdict.result, verdict.why = ended.result, str(ended)
    verdict.record, verdict.lookups = verdict.record or asked.first, asked.lookups
    return verdict


def records(names: Names, domain: str) -> list[str]:
    """Return the SPF records of a domain, in any one order; there should be one. Raises `NotAskedError`."""
    return sorted(text for text in names.texts(domain) if spf_record.is_spf(text))


@dataclass(slots=True)
class _Asked:
    names: Names
    address: Address
    local: str
    domain: str
    helo: str
    lookups: int = 0
    empty: int = 0
    first: str = ""
    _validated: dict[str, list[str]] = field(default_factory=dict)

    def host(self, domain: str) -> tuple[str, str, str]:
        """Return the result, the term that led to it, and the record of a domain (section 4)."""
        labels = domain.removesuffix(".").split(".")
        if len(labels) < 2 or not all(0 < len(label) < 64 for label in labels):
            return "none", "", ""
        try:
            found = records(self.names, domain)
        except NotAskedError as error:
            raise _EndedError("temperror", str(error)) from error
        if len(found) > 1:
            raise _EndedError("permerror", f"{domain} has {len(found)} SPF records, and may have one.")
        if not found:
            return "none", "", ""
        self.first = self.first or found[0]
        try:
            record = spf_record.parse(found[0])
        except SpfSyntaxError as error:
            raise _EndedError("permerror", f"The SPF record of {domain} cannot be read. {error}") from error
        return (*self._judged(record, domain), found[0])

    def _judged(self, record: Record, domain: str) -> tuple[str, str]:
        for term in record.terms:
            if self._matches(term, domain):
                return term.result, term.written
        if record.redirect and not any(term.name == "all" for term in record.terms):
            self._count()
            to = self._expanded(record.redirect, domain)
            result, matched, _ = self.host(to)
            if result == "none":
                raise _EndedError("permerror", f"“redirect={record.redirect}” leads to no SPF record.")
            return result, matched
        return "neutral", ""

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise _EndedError("permerror", f"It leads to more than {MOST_LOOKUPS} questions to DNS.")

    def _matches(self, term: Term, domain: str) -> bool:
        if term.name in ASKING:
            self._count()
        if term.name == "all":
            return True
        if term.network is not None:
            return self.address in term.network
        try:
            return self._found(term, self._expanded(term.domain, domain) if term.domain else domain, domain)
        except NotAskedError as error:
            raise _EndedError("temperror", str(error)) from error

    def _found(self, term: Term, target: str, domain: str) -> bool:
        if term.name == "include":
            return self._includes(target)
        if term.name == "ptr":
            return any(self._is_below(name, target) for name in self._names(domain))
        if term.name == "exists":
            return bool(self._heard(self.names.addresses(target, "A")))
        if term.name == "a":
            return self._is_at(target, term.widths, counts=True)
        hosts = self._heard(self.names.exchangers(target))
        if len(hosts) > MOST_LOOKUPS:
            raise _EndedError("permerror", f"{target} has more than {MOST_LOOKUPS} mail servers.")
        return any(self._is_at(host, term.widths, counts=False) for host in hosts)

    def _includes(self, target: str) -> bool:
        result, _, _ = self.host(target)
        if result == "none":
            raise _EndedError("permerror", f"“include:{target}” leads to no SPF record.")
        return result == "pass"

    def _heard(self, found: list[str] | list[Address]) -> list[str]:
        """Count questions that find nothing; return what was found as text."""
        if not found:
            self.empty += 1
            if self.empty > MOST_EMPTY:
                raise _EndedError("permerror", f"It leads to more than {MOST_EMPTY} names that are not there.")
        return [str(one) for one in found]

    @property
    def _kind(self) -> str:
        return "A" if self.address.version == 4 else "AAAA"

    def _is_at(self, host: str, widths: tuple[int, int], *, counts: bool) -> bool:
        addresses = self.names.addresses(host, self._kind)
        if counts:
            self._heard(addresses)
        width = widths[0 if self.address.version == 4 else 1]
        return any(self.address in ipaddress.ip_network((one.packed, width), strict=False) for one in addresses)

    def _names(self, domain: str) -> list[str]:
        """Return the names of the address that lead back to it (section 5.5)."""
        if domain not in self._validated:
            try:
                said = self.names.names_of(self.address)[:MOST_LOOKUPS]
            except NotAskedError:
                said = []
            self._validated[domain] = [name for name in said if self._leads_back(name)]
        return self._validated[domain]

    def _leads_back(self, name: str) -> bool:
        try:
            return self.address in self.names.addresses(name, self._kind)
        except NotAskedError:
            return False

    @staticmethod
    def _is_below(name: str, domain: str) -> bool:
        name, domain = name.lower(), domain.lower().removesuffix(".")
        return name == domain or name.endswith(f".{domain}")

    def _expanded(self, value: str, domain: str) -> str:
        dotted = str(self.address) if self.address.version == 4 else ".".join(self.address.exploded.replace(":", ""))
        macros = {
            "s": f"{self.local}@{self.domain}",
            "l": self.local,
            "o": self.domain,
            "d": domain,
            "i": dotted,
            "v": "in-addr" if self.address.version == 4 else "ip6",
            "h": self.helo,
            "p": self._own_name(domain) if "{p" in value.lower() else "",
        }
        return spf_record.expanded(value, macros)

    def _own_name(self, domain: str) -> str:
        """Return by which name the address is known: the domain, else one below it, else any (section 7.3)."""
        known = self._names(domain)
        ranked = sorted(known, key=lambda name: (name.lower() != domain.lower(), not self._is_below(name, domain)))
        return ranked[0] if ranked else "unknown"
