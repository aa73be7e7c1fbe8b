"""Ed25519 signatures (RFC 8032) in plain Python, for the standard library has none. It checks and never signs."""

# ruff: noqa: B905 (what it asks for came with Python 3.10)
from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE = (4 * pow(5, -1, P) % P).to_bytes(32, "little")
Point = tuple[int, int, int, int]
ZERO: Point = (0, 1, 1, 0)
FEW = 16
"""So many signatures are checked here before a package is loaded that does it quicker."""


def _add(one: Point, other: Point) -> Point:
    """Add two points in extended coordinates (RFC 8032, 5.1.4)."""
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


@functools.lru_cache(maxsize=8)
def _decode_point(encoded: bytes) -> Point | None:
    """Read a point in its one spelling (RFC 8032, 5.1.3), or None. Few keys sign many notes."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * pow(2, (P - 1) // 4, P) % P
    if len(encoded) != 32 or y >= P or v * x * x % P != u or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


@functools.lru_cache(maxsize=8)
def _multiples(point: Point) -> list[list[Point]]:
    """Row i holds 0 to 15 times 16**i times the point: a product is then 64 additions, which a few notes repay."""
    rows = []
    for _ in range(64):
        row = [ZERO]
        for _ in range(15):
            row.append(_add(row[-1], point))
        rows.append(row)
        point = _add(row[15], point)
    return rows


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the Ed25519 signature of a message holds: strict, without cofactor, as OpenSSL and Go check it."""
    key, base = _decode_point(public), _decode_point(BASE)
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or base is None or len(signature) != 64 or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    total = ZERO
    for point, factor in ((base, scalar), ((P - key[0], key[1], 1, P - key[3]), challenge)):
        for row, digit in zip(_multiples(point), f"{factor:064x}"[::-1]):
            total = _add(total, row[int(digit, 16)])
    inverse = pow(total[2], -1, P)
    x, y = total[0] * inverse % P, total[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def quickest(count: int) -> Callable[[bytes, bytes, bytes], bool]:
    """Return what checks so many signatures soonest: Python's package cryptography, where it is, or the lines above."""
    if count > FEW:
        with contextlib.suppress(ImportError):
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

            def by_openssl(public: bytes, signature: bytes, message: bytes) -> bool:
                try:
                    Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
                except (InvalidSignature, ValueError):
                    return False
                return True

            return by_openssl
    return is_signed
