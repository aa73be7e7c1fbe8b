"""A Word document that somebody received: what it says, read in a process of its own, held against what was sent."""

from workflow.campaigns.received.comparing import Compared, Piece, compare_received
from workflow.campaigns.received.reading import LARGEST_RECEIVED, ReceivedWords, read_received

__all__ = ["LARGEST_RECEIVED", "Compared", "Piece", "ReceivedWords", "compare_received", "read_received"]
