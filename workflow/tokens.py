"""
What is made from the secrets of an instance. Pure. The first secret makes; all read (docs/adr/0003-secrets.md).

| made | how, from a secret | why so |
| --- | --- | --- |
| token of a link, to sign in, an auditor's, a ledger's | HMAC of `link/ID` | mailed ones are made again from the id |
| six digits of a code | HMAC of `code/ID` | as above |
| actor of an entry | HMAC of `actor/ROLE/KEY` | stands in entries |
| keyed hash in an entry | HMAC of `undersigned/keyed/v1` and canonical JSON | stands in entries |
| a network | HMAC of `network/WHOSE/NETWORK` | is compared with those that links and sessions keep |
| a secret's fingerprint | HMAC of `undersigned/secret/fingerprint` | the database knows its secrets by it |
| key of stored mails | HKDF, `stored mails`; before 0.9 HMAC of `mail` | they are read again: both are tried |
| tag that stops mails | HKDF, `stops`: HMAC of what, of whom and the address | it is made again to be known |
| tags of return paths and for replies | HKDF, `return path`, `reply`; HMAC of the mail's id | they come back |
| key of counters | HKDF, `counters` | nothing is kept for more than an hour |
| cookies and forms | the secret itself; itsdangerous derives a key for each of its salts | |

What is new is derived by HKDF, each purpose a key of its own.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from workflow import canonical
from workflow.errors import LinkSecretChangedError, OtherSecretError, WrongKeyError

KEYED = b"undersigned/keyed/v1\0"
TAG_BYTES = 16
"""Of a tag in an address, whose part before the @ may have 64 letters."""


@functools.lru_cache(maxsize=64)
def derive(secret: str, purpose: str) -> bytes:
    """Return the 32 bytes of the key for one purpose."""
    return HKDF(SHA256(), 32, salt=None, info=f"undersigned/{purpose}".encode()).derive(secret.encode())


def _hmac(secret: str, message: bytes) -> bytes:
    return hmac.digest(secret.encode(), message, "sha256")


def fingerprint(secret: str) -> str:
    """Return by what a database knows a secret again: 64 hex digits."""
    return _hmac(secret, b"undersigned/secret/fingerprint").hex()


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token, in hex, as the database holds it."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes with the first of the secrets, and knows again what any of them has made."""

    secrets: tuple[str, ...]

    def led_by(self, due: str) -> Tokens:
        """Let the secret with this fingerprint make; raises `WrongKeyError` where it is not among them."""
        for secret in self.secrets:
            if fingerprint(secret) == due:
                return Tokens((secret, *(other for other in self.secrets if other != secret)))
        raise WrongKeyError(
            "The secret at hand is not the one on record: it was replaced since this process started, or lost. "
            "Start the service again."
        )

    def _by_each(self, make: Callable[[str], str]) -> tuple[str, ...]:
        return tuple(make(secret) for secret in self.secrets)

    # --- links and codes ---

    def links(self, link_id: str) -> tuple[str, ...]:
        """Return a link's token, 256 bits: by the secret that makes, then as each other one would have made it."""
        return self._by_each(lambda secret: _base64(_hmac(secret, f"link/{link_id}".encode())))

    def link(self, link_id: str, token_hash: str) -> str:
        """Return the token of a link that was made; raises `LinkSecretChangedError` where its secret is gone."""
        for token in self.links(link_id):
            if hash_token(token) == token_hash:
                return token
        raise LinkSecretChangedError("The secret key has changed since this link was made. Send the invitation again.")

    def sign_in_links(self, nonce: str) -> tuple[str, ...]:
        """Return the token of a link to sign in, as `links` does."""
        return self.links(f"sign-in-{nonce}")

    def auditor_links(self, link_id: str) -> tuple[str, ...]:
        """Return the token of an auditor's link, as `links` does."""
        return self.links(f"auditor-{link_id}")

    def auditor_link(self, link_id: str, token_hash: str) -> str:
        """Return the token of an auditor's link that was made; raises `LinkSecretChangedError`."""
        return self.link(f"auditor-{link_id}", token_hash)

    def ledger_links(self, nonce: str) -> tuple[str, ...]:
        """Return the token of a link to everything that was signed from an address, as `links` does."""
        return self.links(f"ledger-{nonce}")

    def join_links(self, request_id: str) -> tuple[str, ...]:
        """Return the token by which a request to join is confirmed, as `links` does."""
        return self.links(f"join-{request_id}")

    def join_link(self, request_id: str, token_hash: str) -> str:
        """Return the token by which a request to join that was made is confirmed; raises `LinkSecretChangedError`."""
        return self.link(f"join-{request_id}", token_hash)

    def codes(self, code_id: str) -> tuple[str, ...]:
        """Return the six digits of a code, which are stored nowhere: by the secret that makes, then by each other."""
        return self._by_each(lambda secret: _digits(_hmac(secret, f"code/{code_id}".encode())))

    # --- what comes back ---

    def tag(self, purpose: str, delivery_id: str) -> bytes:
        """Return 128 bits that sign the id of a mail for one purpose: `return path` or `reply`."""
        return _tag(self.secrets[0], purpose, delivery_id)

    def has_tag(self, tag: bytes, purpose: str, delivery_id: str) -> bool:
        """Whether one of the secrets has made a tag; how long that takes tells nothing of it."""
        made = [hmac.compare_digest(tag, _tag(secret, purpose, delivery_id)) for secret in self.secrets]
        return any(made)

    # --- the history ---

    def actor(self, role: str, key: str) -> str:
        """Return an actor's keyed hash: 32 hex digits that only this instance can link to a person."""
        return _actor(self.secrets[0], role, key)

    def keyed(self, *parts: Any) -> str:
        """Return a keyed hash of values that must not be in an entry: 32 hex digits that nobody else can make."""
        return self._keyed(*parts)[0]

    def all_keyed(self, *parts: Any) -> tuple[str, ...]:
        """Return the keyed hashes that each of the secrets makes of these values."""
        return self._keyed(*parts)

    def has_keyed(self, made: object, *parts: Any) -> bool:
        """Whether one of the secrets makes this keyed hash of these values."""
        return made in self._keyed(*parts)

    def _keyed(self, *parts: Any) -> tuple[str, ...]:
        message = KEYED + canonical.dumps(list(parts))
        return self._by_each(lambda secret: _hmac(secret, message).hex()[:32])

    # --- what stops mails ---

    def stops(self, what: str, of: str, address: str) -> tuple[str, ...]:
        """
        Return the tag by which whoever reads at an address stops mails of a kind, by each secret.

        `of` is what they are of: the link that they were sent with, or the member of staff. At another address it is
        another tag, so whoever was written to before stops nothing for who is written to now.
        """
        message = canonical.dumps([what, of, address.lower()])
        return tuple(_base64(hmac.digest(derive(secret, "stops"), message, "sha256")[:18]) for secret in self.secrets)

    def stop(self, what: str, of: str, address: str, tag_hash: str) -> str:
        """Return the tag that a mail was made with; raises `LinkSecretChangedError` where its secret is gone."""
        for tag in self.stops(what, of, address):
            if hash_token(tag) == tag_hash:
                return tag
        raise LinkSecretChangedError("The secret key has changed since this email was made.")

    def knows_stop(self, tag: str, what: str, of: str, address: str) -> bool:
        """Whether one of the secrets makes this tag."""
        return any(hmac.compare_digest(made.encode(), tag.encode()) for made in self.stops(what, of, address))

    # --- what is kept ---

    def networks(self, whose: str, network: str) -> tuple[str, ...]:
        """Return the keyed hash of a network, for one link or person alone, by each secret; none for no network."""
        message = f"network/{whose}/{network}".encode()
        return self._by_each(lambda secret: _hmac(secret, message).hex()[:16]) if network else ()

    def counter(self, key: str) -> str:
        """Return the name of a counter of tries, which tells nothing of whom it counts."""
        return hmac.new(derive(self.secrets[0], "counters"), key.encode(), hashlib.sha256).hexdigest()

    def encrypt(self, content: bytes) -> bytes:
        """Encrypt a mail for the database, since it holds a link."""
        return _fernet(self.secrets).encrypt(content)

    def decrypt(self, stored: bytes) -> bytes:
        """Decrypt a stored mail; raises `OtherSecretError` where its secret is gone."""
        try:
            return _fernet(self.secrets).decrypt(stored)
        except InvalidToken as error:
            raise OtherSecretError("This mail was kept under a secret key that is gone. Send it again.") from error


@functools.lru_cache(maxsize=1024)
def _actor(secret: str, role: str, key: str) -> str:
    return _hmac(secret, f"actor/{role}/{key}".encode()).hex()[:32]


@functools.lru_cache(maxsize=8)
def _fernet(secrets: tuple[str, ...]) -> MultiFernet:
    """What was kept before 0.9 is under a key that was derived in another way."""
    new = [derive(secret, "stored mails") for secret in secrets]
    old = [_hmac(secret, b"mail") for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in (*new, *old)])


def _tag(secret: str, purpose: str, delivery_id: str) -> bytes:
    return hmac.digest(derive(secret, purpose), delivery_id.encode(), "sha256")[:TAG_BYTES]


def _base64(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _digits(digest: bytes) -> str:
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06}"
