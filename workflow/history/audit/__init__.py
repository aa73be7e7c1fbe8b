"""The tables against the log: every row and column that decides something is the one that an entry recorded."""

from workflow.history.audit.bonds import Bound, Free
from workflow.history.audit.columns import COLUMNS
from workflow.history.audit.compare import Findings, compare
from workflow.history.audit.log import Log, read_log
from workflow.history.audit.searched import check_searched
from workflow.history.audit.tree import check_tree

__all__ = ["COLUMNS", "Bound", "Findings", "Free", "Log", "check_searched", "check_tree", "compare", "read_log"]
