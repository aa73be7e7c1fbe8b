"""
How a link is used: when it was first opened, by what, and from how many networks.

Kept for the auditor and the coordinator. Nothing is decided by it: mail filters open links too, and people travel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from config.logs import logger
from workflow import visitors
from workflow.database import Database
from workflow.errors import NotCountedError
from workflow.models import Link, now
from workflow.tokens import Tokens

FAST = timedelta(seconds=3)
"""Nobody reads a letter and signs it in less."""

OF_MEMBER = {
    "address": "the link went to the address of somebody who works on the campaign",
    "domain": "the link went to where somebody who works on the campaign has their address",
}
SAID_WRONG = "the contact before says that the change of contact is wrong"
SAID_ADDED_WRONG = "a contact says that one more contact, who was added, is wrong"

SEVERAL = 3
"""From so many networks on the coordinator is told."""

MOST_NETWORKS = 8
SOFTWARE = re.compile(r"bot|crawl|spider|scan|headless|preview|monitor|fetch|python|curl|wget|http", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LinkAccess:
    """One opening of a link: from which network (its keyed hash, by each secret), and by what."""

    networks: tuple[str, ...]
    by: str


def access(tokens: Tokens, link_id: str, address: str, agent: str, method: str = "GET") -> LinkAccess:
    """
    Return what is kept of an opening, from the visitor's address and what it calls itself.

    The network is hashed for this link alone, so that two links do not tell whether the same person opened them.
    """
    software = method != "GET" or not agent.startswith("Mozilla/") or SOFTWARE.search(agent)
    return LinkAccess(tokens.networks(link_id, visitors.network(address)), "software" if software else "browser")


def note_access(database: Database, link: Link, seen: LinkAccess) -> None:
    """Keep that a link was opened; writes only where there is something new, and never keeps a reader waiting."""
    if link.fetched_at is not None and (
        len(link.networks) >= MOST_NETWORKS or _with(seen.networks, link.networks) == link.networks
    ):
        return
    try:
        _keep_access(database, link, seen)
    except NotCountedError as error:
        logger().warning("opening_not_noted", why=str(error))


def _keep_access(database: Database, link: Link, seen: LinkAccess) -> None:
    known = select(Link.fetched_at, Link.networks).where(Link.id == link.id).with_for_update(key_share=True)
    with database.relaxed() as connection:
        row = connection.execute(known).one()
        networks = _with(seen.networks, row.networks)[:MOST_NETWORKS]
        first = {} if row.fetched_at is not None else {"fetched_at": now(), "fetched_by": seen.by}
        connection.execute(update(Link).where(Link.id == link.id).values(networks=networks, **first))


@dataclass(frozen=True, slots=True)
class Use:
    """How a link was used before a sign-off: when and by what it was first opened, and from how many networks."""

    fetched_at: datetime | None
    fetched_by: str | None
    fast: bool
    networks: int
    """0: from fewer than `SEVERAL`."""


def _with(networks: tuple[str, ...], known: list[str]) -> list[str]:
    """Return the networks that are known, with one more where none of its hashes is among them."""
    return known if set(networks) & set(known) else [*known, *networks[:1]]


def use_of(link: Link, seen_from: tuple[str, ...]) -> Use:
    """Return what a sign-off's entry says of how its link was used; `seen_from` is the network that it came from."""
    networks = len(_with(seen_from, link.networks))
    opened = link.fetched_at
    return Use(
        fetched_at=opened,
        fetched_by=None if opened is None else link.fetched_by,
        fast=opened is not None and now() - opened < FAST,
        networks=networks if networks >= SEVERAL else 0,
    )


def anomalies(about: dict[str, Any]) -> str:
    """Return what a coordinator should look at in a sign-off's entry; empty when it is like others."""
    said = []
    if about.get("fast_decision"):
        said.append("signed within three seconds of opening the link")
    if about.get("networks"):
        said.append(f"this link was opened from {about['networks']} networks")
    if about.get("contact_by_hand"):
        said.append("a coordinator had changed the contact after the invitation")
    if of := about.get("contact_of_member"):
        said.append(OF_MEMBER.get(str(of), OF_MEMBER["domain"]))
    if about.get("same_browser"):
        said.append("it was proposed and confirmed in one browser")
    if about.get("other_domain"):
        said.append("whoever confirmed it has an address at another domain than whoever proposed it")
    return "; ".join(said)
