"""The tables against the log: every row and column that decides something is the one that an entry recorded."""

from workflow.audit.columns import COLUMNS, Bound, Free
from workflow.audit.compare import Findings, compare
from workflow.audit.log import Log, read_log

__all__ = ["COLUMNS", "Bound", "Findings", "Free", "Log", "compare", "read_log"]
