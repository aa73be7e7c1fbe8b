"""
What a coordinator does: take a letter in, draft, invite, circulate, revise, approve, dispatch, withdraw.

Each act locks the letter, takes its steps, queues its mails; the caller's transaction commits all or nothing. What ends
in `_locked` does the same to a letter whose row is locked already: acts that lead to another act call that.
"""
