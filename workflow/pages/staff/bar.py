"""The bar above every page of staff: where there is to go, and who is signed in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_login import current_user
from sqlalchemy import select

from workflow.languages import Message, lazy_gettext
from workflow.models import Membership
from workflow.pages.context import reader
from workflow.pages.staff import known_pages

PLACES = (
    (lazy_gettext("Campaigns"), ("/",), ("/campaigns", "/letters")),
    (lazy_gettext("Organisations"), ("/organisations",), ("/organisations",)),
    (lazy_gettext("Emails"), ("/mailbox",), ("/mailbox",)),
    (lazy_gettext("All letters"), ("/audit",), ("/audit",)),
)
"""What each is called, where it is, and what the addresses of the pages below it begin with."""

OWN = (
    (lazy_gettext("Your account"), ("/account",)),
    (lazy_gettext("Where you are signed in"), ("/sessions",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere to go."""

    label: Message
    address: str
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The bar of whoever is signed in."""

    places: tuple[Place, ...]
    name: str
    own: tuple[Place, ...]
    """Below the name."""


def bar() -> Bar:
    """Return the bar for whoever is signed in."""
    member = current_user.session.user
    own = [(label, known_pages.address(*rules)) for label, rules in OWN]
    if member.admin:
        own.append((lazy_gettext("Administration"), known_pages.address("/admin")))
    return Bar(
        places=tuple(
            Place(label=label, address=address, is_here=_is_below(address, below))
            for label, rules, below in PLACES
            if (address := known_pages.address(*rules))
        ),
        name=member.called,
        own=tuple(
            Place(label=label, address=address, is_here=request.path == address) for label, address in own if address
        ),
    )


def only_reads() -> bool:
    """Whether who is signed in audits campaigns and coordinates none: nothing is offered that they do not need."""
    member = current_user.session.user
    if member.admin:
        return False
    roles = select(Membership.role).where(Membership.user_id == member.id).distinct()
    return set(reader().scalars(roles)) == {"auditor"}


def _is_below(address: str, below: tuple[str, ...]) -> bool:
    return request.path == address or any(request.path == part or request.path.startswith(f"{part}/") for part in below)
