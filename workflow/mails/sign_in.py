"""A link that signs a member of staff in."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import STAFF
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, SignInLink, User
from workflow.tokens import hash_token
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(MailData):
    """What the mail says."""

    link: str


@mail("sign_in", "link to sign in", STAFF, to_blocked="sent")
def sign_in(source: Source) -> SignIn:
    """Give the link."""
    return SignIn(link=link_of(source))


def link_of(source: Source) -> str:
    """Make the link again from what is random in it, with the secret that it was made with."""
    tokens = source.session.tokens.sign_in_links(source.about["nonce"])
    known = (token for token in tokens if source.session.get(SignInLink, hash_token(token)) is not None)
    return f"{source.settings.public_url}/sign-in/{next(known, tokens[0])}"


def queue(session: Transaction, member: User, nonce: str) -> Delivery:
    """Queue a link that was made from `nonce`."""
    return sign_in.queue(session, member.email, f"sign_in:{nonce}", {"nonce": nonce, "language": member.language})
