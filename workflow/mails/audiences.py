"""Whom mails are to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workflow.models import Delivery


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a mail is to: how its head names them, whether it is in their own language, and who answers for it."""

    named: Callable[[Delivery], str]
    own_language: bool = True
    from_coordinator: bool = True
    """The coordinator is named as the sender, and gets the answers."""
    automatic: bool = True
    """It is marked as made by a machine, so that nobody's out-of-office note answers it."""


def _signatory(delivery: Delivery) -> str:
    return delivery.invitation.signatory if delivery.invitation else ""


def _coordinator(delivery: Delivery) -> str:
    coordinator = delivery.letter.campaign.coordinator if delivery.letter else None
    return coordinator.name if coordinator else ""


def _recipient(delivery: Delivery) -> str:
    return delivery.recipient.name if delivery.recipient else ""


def _nobody(delivery: Delivery) -> str:
    """Not named: who is at that address is not known."""
    return ""


CONTACT = Audience(_signatory)
"""Whoever is invited for an organisation."""
SOMEBODY_ELSE = Audience(_nobody)
"""Another person of an organisation. A link opens one contact's mail only: this one must never hold it."""
COORDINATOR = Audience(_coordinator, own_language=False, from_coordinator=False)
OFFICE = Audience(_recipient, own_language=False, automatic=False)
"""Whom a letter goes to."""
STAFF = Audience(_nobody, own_language=False, from_coordinator=False)
