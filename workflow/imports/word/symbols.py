"""Signs of typefaces that have them in the place of letters (ECMA-376 part 1, 17.3.3.30): Symbol, Wingdings."""

from __future__ import annotations

import re

_PRIVATE = re.compile("[\uf020-\uf0ff]")
_WINGDINGS = {
    0x22: "✂", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x46: "☞", 0x4A: "☺", 0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑",
    0x75: "◆", 0x76: "❖", 0x9F: "•", 0xA7: "▪", 0xA8: "□", 0xD8: "➢", 0xE0: "→", 0xE8: "➔", 0xFB: "✗", 0xFC: "✓",
    0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_SYMBOL = {
    0x2D: "−", 0x61: "α", 0x62: "β", 0x67: "γ", 0x64: "δ", 0x6C: "λ", 0x6D: "μ", 0x70: "π", 0x73: "σ", 0xA3: "≤",
    0xA5: "∞", 0xAB: "↔", 0xAC: "←", 0xAE: "→", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "•", 0xB8: "÷",
    0xB9: "≠", 0xBB: "≈", 0xBC: "…", 0xD2: "®", 0xD3: "©", 0xD4: "™",
}  # fmt: skip


def sign(font: str, code: str) -> str:
    """Return the sign that a typeface has at a code, or nothing where it is not known."""
    if not re.fullmatch(r"[0-9A-Fa-f]{1,6}", code):
        return ""
    at = int(code, 16)
    at = at - 0xF000 if 0xF000 <= at <= 0xF0FF else at
    if font.casefold().startswith("wingdings"):
        return _WINGDINGS.get(at, "")
    if font.casefold() == "symbol":
        return _SYMBOL.get(at, "")
    said = chr(at) if 0x20 <= at < 0xD800 else ""
    return said if said.isprintable() else ""


def has_any(words: str) -> bool:
    """Whether words have a sign of such a typeface."""
    return not words.isascii() and _PRIVATE.search(words) is not None


def read(words: str) -> tuple[str, list[str]]:
    """Return words with such signs written as others, and the codes of those that are not known."""
    unknown: list[str] = []

    def known(match: re.Match[str]) -> str:
        at = ord(match[0]) - 0xF000
        found = _SYMBOL.get(at) or _WINGDINGS.get(at) or ""
        if not found:
            unknown.append(f"F0{at:02X}")
        return found

    return _PRIVATE.sub(known, words), unknown
