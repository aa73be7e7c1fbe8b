"""
The directory: an organisation exists once, for all letters.

What one may not see does not exist. A coordinator sees the organisations that were added in a campaign of theirs, and
those that stand on a letter of one; an auditor sees who stands openly on a letter that they read; an admin sees all.
So two campaigns without a person in common never learn of each other's organisations, and what is typed in one is
compared with what that campaign may see alone: an organisation that another campaign knows too is there twice, until
somebody who sees both takes it from the directory, or merges the two.

What stands on a letter is a copy: a change here changes no letter by itself.
"""

from workflow.campaigns.directory.keeping import Told, also_asked, as_cosigners, keep, told
from workflow.campaigns.directory.matching import Difference, Match, match
from workflow.campaigns.directory.reading import Known
from workflow.campaigns.directory.seeing import one, seen_by, visible

__all__ = [
    "Difference",
    "Known",
    "Match",
    "Told",
    "also_asked",
    "as_cosigners",
    "keep",
    "match",
    "one",
    "seen_by",
    "told",
    "visible",
]
