"""One address that a mail did not reach, or not yet: what became of it, by a status or in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emails.transport.replies import MAILBOX_FULL, POLICY

STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
TOO_LARGE = re.compile(
    r"(message|mail|size|file).{0,40}(too (large|big)|exceed(s|ed)? .{0,30}(limit|size|maximum))", re.I
)


@dataclass(frozen=True, slots=True)
class Failed:
    """One address that a report speaks of: what became of the mail, by its status and in the server's own words."""

    address: str
    status: str = ""
    words: str = ""
    action: str = ""

    @property
    def is_full(self) -> bool:
        """Whether the mailbox had no room: that passes."""
        return self.status[1:] == ".2.2" or (not tells_more(self.status) and bool(MAILBOX_FULL.search(self.words)))

    @property
    def is_hard(self) -> bool:
        """Whether the address itself takes no mail, today or later: not a policy, not a large mail, not a full box."""
        if self.is_full or self.status.startswith("4") or self.action == "delayed":
            return False
        if tells_more(self.status):
            return self.status.split(".")[1] in ("1", "2") and self.status not in ("5.2.3", "5.1.7", "5.1.8", "5.2.4")
        return not POLICY.search(self.words) and not TOO_LARGE.search(self.words)


def tells_more(status: str) -> bool:
    """Whether a status says more than that it failed."""
    return bool(status) and status.split(".", 1)[1] not in ("0.0", "0", "")
