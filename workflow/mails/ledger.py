"""A link by which an organisation is shown everything that it signed, declined or took back from its address."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import SOMEBODY_ELSE
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation, LedgerLink
from workflow.tokens import hash_token
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything(MailData):
    """What the mail says: nothing of what there is."""

    link: str


@mail("ledger", "link to everything that was signed", SOMEBODY_ELSE, to_blocked="sent")
def ledger(source: Source) -> Everything:
    """Give the link, made again from what is random in it, with the secret that it was made with."""
    tokens = source.session.tokens.ledger_links(source.about["nonce"])
    known = (token for token in tokens if source.session.get(LedgerLink, hash_token(token)) is not None)
    return Everything(link=f"{source.settings.public_url}/everything/{next(known, tokens[0])}")


def queue(session: Transaction, invitation: Invitation, address: str, nonce: str) -> Delivery:
    """Queue a link that was made from `nonce` to an address of an invitation, whose letter is locked."""
    return ledger.queue(session, address, f"ledger:{nonce}", {"nonce": nonce}, invitation=invitation)
