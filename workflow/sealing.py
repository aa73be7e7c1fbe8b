"""What is made from the instance's secret: the tokens of links, and the bytes of mails as the database holds them."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from config.settings import Settings
from workflow.errors import OtherSecretError


def token_of(settings: Settings, link_id: str) -> str:
    """Return a link's token, 256 bits: made from the secret that is not in the database, so it is stored nowhere."""
    digest = hmac.new(settings.secret().encode(), f"link/{link_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token, in hex, as the database holds it."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_hash_of(settings: Settings, link_id: str) -> str:
    """Return what the database holds of a link's token."""
    return hash_token(token_of(settings, link_id))


def seal(settings: Settings, content: bytes) -> bytes:
    """Encrypt a mail for the database, since it holds a link."""
    return _box(settings).encrypt(content)


def unseal(settings: Settings, sealed: bytes) -> bytes:
    """Decrypt a stored mail; raises `OtherSecretError` where the secret was replaced since."""
    try:
        return _box(settings).decrypt(sealed)
    except InvalidToken as error:
        raise OtherSecretError("This mail was kept under a secret key that is gone. Send it again.") from error


def _box(settings: Settings) -> Fernet:
    key = hmac.new(settings.secret().encode(), b"mail", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))
