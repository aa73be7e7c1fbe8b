"""
What different people hold, compared: receipts, emails, heads and checkpoints, with this database and with each other.

`stated` reads what files say, whatever they are; `judged` says whether it all belongs to one history.
"""

from workflow.comparing.judged import Comparison, compare

__all__ = ["Comparison", "compare"]
