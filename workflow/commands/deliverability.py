"""`flask doctor --mail`: whether mails from here are believed, as far as DNS can be asked, and a mail to try it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from uuid import uuid4

import click

from config.settings import NOBODY, Settings
from emails.addresses import check_address, in_ascii
from emails.dkim import DkimKey
from emails.headers import Head
from emails.message import put_together
from emails.published import dkim_record, dmarc, spf
from emails.published.names import Address, Names, NotAskedError
from emails.rendering import Words, set_in_lines
from emails.transport import Client, Server
from workflow.mails.writing import dkim_key

GOOD, NOTE, WRONG, UNKNOWN = "ok", "note", "error", "unknown"
UNASKED = 3
"""How the command ends where nothing is wrong, but not everything could be asked."""
STEPS = {
    "connected": "The mail server has let us in.",
    "after_mail": "It takes mail from our sender.",
    "after_rcpt": "It takes mail for that address.",
    "body_without_dot": "It has the email, but for its end.",
}
"""What is said of a step while the test goes out."""


JUNK = (
    "If it is in the junk folder, look at “Authentication-Results” in its source: "
    "it says which of SPF, DKIM and DMARC did not pass."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence, how grave it is, and what is to be published, where something is."""

    level: str
    sentence: str
    publish: tuple[str, str, str] | None = None
    """The name, the type and the words of a record."""

    def lines(self) -> Iterator[str]:
        """Give it as it is printed; a record as a zone file has it, to be copied."""
        yield f"{self.level:<8} {self.sentence}"
        if self.publish:
            name, kind, words = self.publish
            quoted = " ".join(f'"{words[at : at + 250]}"' for at in range(0, len(words), 250))
            yield f"         Publish: {name}. {kind} {quoted if kind == 'TXT' else words}"


Findings = Iterator[Finding]


@dataclass(frozen=True)
class Mails:
    """What is asked about: our sender, whom returned mail goes to, and from where mails leave."""

    known: Settings
    names: Names
    sends_from: tuple[Address, ...] = ()
    """From where the relay sends, as the operator says."""

    @cached_property
    def sender(self) -> str:
        """The address that mails come from."""
        return in_ascii(self.known.mail_from)

    @cached_property
    def returns_to(self) -> str:
        """The address that mail which can't be delivered goes back to: SPF is asked of its domain."""
        return in_ascii(self.known.bounces or self.known.mail_from)

    @property
    def domain(self) -> str:
        """The domain that readers see."""
        return self.sender.rpartition("@")[2]

    @property
    def return_domain(self) -> str:
        """The domain that SPF is asked of."""
        return self.returns_to.rpartition("@")[2]

    @cached_property
    def server(self) -> Server | None:
        """The relay; None where none is set."""
        return Server.parse(self.known.smtp_url, min(self.known.smtp_timeout, 60)) if self.known.smtp_url else None

    @cached_property
    def key(self) -> DkimKey | None:
        """The key that signs; None where mails are not signed here."""
        return dkim_key(self.known)

    @cached_property
    def relay(self) -> tuple[Address, ...]:
        """From where mails leave: as the operator says, else where the relay is, unless that is this machine."""
        if self.sends_from or self.server is None:
            return self.sends_from
        try:
            found: Sequence[Address] = [ipaddress.ip_address(self.server.host)]
        except ValueError:
            found = self.names.all_addresses(self.server.host)
        return tuple(one for one in found if one.is_global or self.known.local)

    @cached_property
    def verdicts(self) -> dict[Address, spf.Verdict]:
        """What others conclude by SPF of mail from there."""
        helo = self.known.host
        return {one: spf.check(self.names, one, self.returns_to, helo) for one in self.relay}


def looked(mails: Mails) -> Findings:
    """Everything that is found in DNS, each as soon as it is; what cannot be asked is said, and is not wrong."""
    for look in (_about_sender, _about_spf, _about_lookups, _about_dkim, _about_dmarc, _about_returns, _about_names):
        try:
            yield from look(mails)
        except NotAskedError as error:
            yield Finding(UNKNOWN, str(error))


def _about_sender(mails: Mails) -> Findings:
    if mails.known.mail_from == NOBODY:
        yield Finding(WRONG, f"Emails would come from {NOBODY}. Set UNDERSIGNED_MAIL_FROM to your own address.")
    else:
        yield Finding(
            GOOD, f"Emails come from {mails.sender}; what can’t be delivered goes back to {mails.returns_to}."
        )
    answers = mails.known.replies or "the coordinator of each campaign"
    yield Finding(GOOD, f"Answers go to {answers} (Reply-To).")


def _about_spf(mails: Mails) -> Findings:
    domain = mails.return_domain
    found = spf.records(mails.names, domain)
    if not found:
        sentence = f"{domain} has no SPF record, so anybody could send in its name, and mail from here is doubted."
        yield Finding(WRONG, sentence, (domain, "TXT", _with(mails, "v=spf1 -all")))
    elif len(found) > 1:
        one = _with(mails, _merged(found))
        yield Finding(
            WRONG, f"{domain} has {len(found)} SPF records, so none counts. Publish one.", (domain, "TXT", one)
        )
    else:
        yield from _about_relay(mails, found[0])


def _merged(records: Sequence[str]) -> str:
    """Return one record with the terms of several, each once, what holds for all others at the end."""
    words = list(dict.fromkeys(word for text in records for word in text.split()[1:]))
    last = [word for word in words if _is_all(word)]
    return " ".join(["v=spf1", *(word for word in words if word not in last), *last[-1:]])


def _with(mails: Mails, record: str) -> str:
    """Return a record that lets the relay send too: its terms come before what holds for all others."""
    if mails.sends_from:
        terms = [f"ip{address.version}:{address}" for address in mails.sends_from]
    elif mails.server is not None and not mails.server.on_this_machine:
        terms = [f"a:{mails.server.host}"]
    else:
        terms = ["mx"]
    words = [word for word in record.split() if word not in terms]
    ends = (n for n, word in enumerate(words) if n and (_is_all(word) or word.startswith("redirect=")))
    at = next(ends, len(words))
    return " ".join([*words[:at], *terms, *words[at:]])


def _is_all(word: str) -> bool:
    return word.lstrip("+-~?").lower() == "all"


def _about_relay(mails: Mails, record: str) -> Findings:
    domain, is_said = mails.return_domain, bool(mails.sends_from)
    if not mails.relay:
        where = "on this machine" if mails.server is not None else "not set"
        yield Finding(
            NOTE,
            f"SPF of {domain}: {record}. The mail server is {where}, so whether the record covers it is not known: "
            "say from which address it sends, with --sends-from ADDRESS.",
        )
    for address, verdict in mails.verdicts.items():
        if verdict.result == "pass":
            yield Finding(GOOD, f"SPF of {domain} lets {address} send ({verdict.matched}).")
        elif verdict.result == "temperror":
            yield Finding(UNKNOWN, verdict.why)
        elif verdict.result == "permerror":
            yield Finding(WRONG, f"SPF of {domain} can’t be used. {verdict.why}")
        elif is_said:
            said = (
                f"SPF of {domain} does not let {address} send: {verdict.result} ({verdict.matched or 'no term fits'})."
            )
            yield Finding(WRONG, said, (domain, "TXT", _with(mails, record)))
        else:
            yield Finding(
                NOTE,
                f"SPF of {domain} does not name {address}, where the mail server is: {verdict.result}. It may send "
                "from others: ask who runs it which “include:” to publish, or say its address with --sends-from.",
            )


def _about_lookups(mails: Mails) -> Findings:
    """A record is within its limits only if all that it leads to is."""
    verdict = spf.check(mails.names, spf.NOTHING, mails.returns_to, mails.known.host)
    if verdict.result == "temperror":
        yield Finding(UNKNOWN, verdict.why)
    elif verdict.result == "permerror":
        said = f"SPF of {mails.return_domain} can’t be used. {verdict.why}"
        if said not in (f"SPF of {mails.return_domain} can’t be used. {one.why}" for one in mails.verdicts.values()):
            yield Finding(WRONG, said)
    elif verdict.result == "pass":
        yield Finding(WRONG, f"SPF of {mails.return_domain} lets anybody send ({verdict.matched}). End it with -all.")
    elif verdict.record:
        said = (
            f"SPF of {mails.return_domain} leads to {verdict.lookups} of at most {spf.MOST_LOOKUPS} questions to DNS."
        )
        yield Finding(GOOD, said)


def _about_dkim(mails: Mails) -> Findings:
    key = mails.key
    if key is None:
        yield Finding(
            NOTE,
            "Emails are not DKIM-signed here. Where the relay signs them, look for “dkim=pass” in the test, "
            "else set UNDERSIGNED_DKIM_DOMAIN and UNDERSIGNED_DKIM_KEY_FILE.",
        )
        return
    found = dkim_record.published(mails.names, key)
    if found.wrong:
        said = f"DKIM at {key.record_name}: {found.wrong} Our signatures count as broken."
        yield Finding(WRONG, said, (key.record_name, "TXT", key.record))
    elif found.is_testing:
        yield Finding(NOTE, f"DKIM at {key.record_name} says that it is a test (t=y). Take that out.")
    else:
        yield Finding(GOOD, f"DKIM at {key.record_name} is the key that signs.")


def _about_dmarc(mails: Mails) -> Findings:
    names, domain = mails.names, mails.domain
    policy = dmarc.policy_of(names, domain)
    record = (f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}")
    if policy is None:
        yield Finding(WRONG, f"{domain} has no DMARC record: the big providers refuse or doubt its mail.", record)
        return
    if policy.wrong:
        yield Finding(WRONG, f"DMARC of {policy.domain}: {policy.wrong}", (f"_dmarc.{policy.domain}", *record[1:]))
        return
    yield Finding(GOOD, f"DMARC of {policy.domain} asks for {policy.asks}: {policy.text}")
    proofs = list(_proofs(mails, policy))
    if proofs:
        yield Finding(GOOD, f"DMARC is met by {' and '.join(proofs)}.")
    else:
        level = NOTE if mails.key is None else WRONG
        yield Finding(
            level,
            f"Neither SPF (of {mails.return_domain}) nor DKIM is known to prove {domain}, and DMARC wants one of them. "
            f"Sign with a key of {domain}, or have mail returned to an address of it.",
        )


def _proofs(mails: Mails, policy: dmarc.Policy) -> Iterator[str]:
    names, domain, key = mails.names, mails.domain, mails.key
    signs = key is not None and not dkim_record.published(names, key).wrong
    if key is not None and signs and dmarc.aligned(names, domain, key.domain, strict=policy.is_strict("dkim")):
        yield f"DKIM (of {key.domain})"
    passes = [verdict.result == "pass" for verdict in mails.verdicts.values()]
    strict = policy.is_strict("spf")
    if passes and all(passes) and dmarc.aligned(names, domain, mails.return_domain, strict=strict):
        yield f"SPF (of {mails.return_domain})"


def _about_returns(mails: Mails) -> Findings:
    """Where mail to the sender, and mail that comes back, would go."""
    replies = mails.known.replies and in_ascii(mails.known.replies).rpartition("@")[2]
    for domain in filter(None, dict.fromkeys((mails.return_domain, mails.domain, replies))):
        hosts = mails.names.exchangers(domain)
        known = [host for host in hosts if host != "." and mails.names.all_addresses(host)]
        if known:
            yield Finding(GOOD, f"Mail to {domain} goes to {known[0]}.")
        elif hosts or not mails.names.all_addresses(domain):
            yield Finding(
                WRONG,
                f"Mail to {domain} goes nowhere, so no returned email is seen, and many refuse mail from there.",
                (domain, "MX", f"10 mail.{domain}." if mails.known.local else f"10 {mails.known.host}."),
            )
        else:
            yield Finding(NOTE, f"{domain} has no MX record: mail to it goes to its address itself.")


def _about_names(mails: Mails) -> Findings:
    """Who sends must have a name that leads back to it: the big providers refuse others."""
    for address in mails.sends_from:
        said = mails.names.names_of(address)
        if any(address in mails.names.all_addresses(name) for name in said):
            yield Finding(GOOD, f"{address} is called {said[0]}, which leads back to it.")
        else:
            yield Finding(
                WRONG,
                f"{address} has no name that leads back to it (PTR). Who runs that address’s network can set one.",
            )


# --- the test itself --------------------------------------------------------------------------------------------------


def try_it(mails: Mails, address: str, told: Callable[[str], None]) -> Findings:
    """Send a test to an address over the mail server, and say what that answers; `told` of each step."""
    if mails.server is None:
        yield Finding(WRONG, "No mail server is set, so no test was sent. Set UNDERSIGNED_SMTP_URL.")
        return
    content = _test(mails, address)

    def on_step(step: str) -> None:
        if step in STEPS:
            told(f"         {STEPS[step]}")

    with Client(mails.server) as client:
        outcome = client.send(mails.returns_to, address, content, lambda: True, on_step)
    said = f"{outcome.code or ''} {outcome.text}".strip()
    if outcome.verdict == "accepted":
        yield Finding(GOOD, f"{mails.server} took the test for {address}: {said}")
        yield Finding(
            NOTE,
            "Look where it arrives, in the inbox or in junk, and at “Authentication-Results” in its source: spf=pass, "
            "dkim=pass and dmarc=pass are wanted.",
        )
    else:
        what = {"uncertain": "may have taken", "deferred": "does not take just now"}.get(outcome.verdict, "refused")
        yield Finding(WRONG, f"{mails.server} {what} the test for {address}: {said}")


def _test(mails: Mails, address: str) -> bytes:
    head = Head(
        sender=mails.known.mail_from,
        sender_name=mails.known.mail_from_name,
        recipient=address,
        recipient_name="",
        message_id=f"<test.{uuid4().hex}@{mails.domain}>",
        date=datetime.now(UTC).replace(microsecond=0),
    )
    said = [f"This is a test. Emails of {mails.known.public_url} arrive at this address.", JUNK]
    words = Words(
        subject=f"A test of the emails of {mails.known.public_url}",
        text="\n\n".join(map(set_in_lines, said)),
        html="".join(f"<p>{escape(sentence)}</p>" for sentence in said),
    )
    return put_together(words, head, dkim=mails.key)


def run(known: Settings, address: str, dns: str, sends_from: Sequence[str]) -> int:
    """Print everything that is found, as it is found, and return how the command ends."""
    try:
        names = Names(dns)
        addresses = tuple(ipaddress.ip_address(one) for one in sends_from)
        mails = Mails(known, names, addresses)
        check_address(address)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    levels = set()
    for finding in (*_told(looked(mails)), *_told(try_it(mails, address, click.echo))):
        levels.add(finding.level)
    return 1 if WRONG in levels else UNASKED if UNKNOWN in levels else 0


def _told(findings: Findings) -> Findings:
    for finding in findings:
        for line in finding.lines():
            # Anybody writes what they like into DNS: nothing of it moves the cursor.
            click.echo("".join(letter if letter.isprintable() else "\ufffd" for letter in line))
        yield finding
