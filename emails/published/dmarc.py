"""What a domain asks others to do with mail that is not proved to be its own (DMARC), and what proves it."""

from __future__ import annotations

from dataclasses import dataclass

from emails.published import tags
from emails.published.names import Names

POLICIES = ("none", "quarantine", "reject")
DEEPEST = 8
"""So many names are asked on the way up; of longer names those between are left out."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A record, and at which domain it was found; `wrong` says what is not right in it."""

    domain: str
    text: str
    tags: dict[str, str]
    wrong: str = ""

    @property
    def asks(self) -> str:
        """What is to be done with mail that is not proved."""
        return self.tags.get("p", "none")

    def is_strict(self, of: str) -> bool:
        """Whether the domain of `dkim` or `spf` must be the sender's own, and not only of the same organisation."""
        return self.tags.get({"dkim": "adkim", "spf": "aspf"}[of], "r").lower() == "s"


def is_dmarc(text: str) -> bool:
    """Whether a TXT record is meant as one."""
    return text.partition(";")[0].replace(" ", "").lower() == "v=dmarc1"


def policy_of(names: Names, domain: str) -> Policy | None:
    """Return the policy that holds for a domain: its own, else its organisation's. Raises `NotAskedError`."""
    found = _walked(names, domain)
    own = next((policy for policy in found if policy.domain == domain.lower()), None)
    if own is not None:
        return own
    owner = _owner(domain, found)
    return next((policy for policy in found if policy.domain == owner), None)


def organisation_of(names: Names, domain: str) -> str:
    """Return the domain of the organisation that a domain belongs to, found by walking up; raises `NotAskedError`."""
    return _owner(domain, _walked(names, domain))


def aligned(names: Names, sender: str, other: str, *, strict: bool) -> bool:
    """Whether what was proved of another domain proves it of the sender's; raises `NotAskedError`."""
    sender, other = sender.lower(), other.lower()
    if sender == other or strict:
        return sender == other
    return organisation_of(names, sender) == organisation_of(names, other)


def _walked(names: Names, domain: str) -> list[Policy]:
    """The records on the way up from a domain, the longest first."""
    found, labels = [], domain.lower().rstrip(".").split(".")
    while labels:
        name = ".".join(labels)
        texts = [text for text in names.texts(f"_dmarc.{name}") if is_dmarc(text)]
        if texts:
            found.append(_read(name, texts))
            if found[-1].tags.get("psd", "u").lower() in ("n", "y"):
                break
        labels = labels[len(labels) - DEEPEST + 1 :] if len(labels) > DEEPEST else labels[1:]
    return found


def _owner(domain: str, found: list[Policy]) -> str:
    domain = domain.lower().rstrip(".")
    if not found:
        return domain
    last = found[-1].domain
    if found[-1].tags.get("psd", "u").lower() == "y" and last != domain:
        # Below a suffix that many organisations share: the name one longer is the organisation's.
        return ".".join(domain.split(".")[-last.count(".") - 2 :])
    return last


def _read(domain: str, texts: list[str]) -> Policy:
    if len(texts) > 1:
        return Policy(domain, texts[0], {}, f"There are {len(texts)} DMARC records, and may be one.")
    try:
        found = tags.read(texts[0])
    except tags.TagsError as error:
        return Policy(domain, texts[0], {}, f"It cannot be read. {error}")
    if found.get("p", "none").lower() not in POLICIES:
        return Policy(domain, texts[0], found, f"p={found['p'][:40]} is none of {', '.join(POLICIES)}.")
    if "p" not in found and "rua" not in found:
        return Policy(domain, texts[0], found, "It says nothing: p= is missing.")
    return Policy(domain, texts[0], found)
