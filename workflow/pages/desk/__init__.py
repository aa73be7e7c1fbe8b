"""The auditor's desk: a history as people read it, who agreed to what, and all letters that one may see."""
