"""
What a co-signing organisation does through its link: read, comment, suggest, sign, decline, hand over, retract.

Reading changes nothing. Each act locks the letter, takes its step and queues its receipt.
"""

from workflow.signoffs.answers import decline, lapse, overdue, retract, sign
from workflow.signoffs.circumstances import Opening, in_words, note_opening, opening, unusual
from workflow.signoffs.codes import redeem, send_code
from workflow.signoffs.links import Answer, facts, find_link, living_link, was_sent, why_not
from workflow.signoffs.requests import ask_for_time, hand_over, mail_again, set_logo, set_signature, waits
from workflow.signoffs.review import Thread, comment, fitting, give_verdict, reply, suggest, threads
from workflow.signoffs.silence import stay, unobjected
from workflow.signoffs.together import Together

__all__ = [
    "Answer",
    "Opening",
    "Thread",
    "Together",
    "ask_for_time",
    "comment",
    "decline",
    "facts",
    "find_link",
    "fitting",
    "give_verdict",
    "hand_over",
    "in_words",
    "lapse",
    "living_link",
    "mail_again",
    "note_opening",
    "opening",
    "overdue",
    "redeem",
    "reply",
    "retract",
    "send_code",
    "set_logo",
    "set_signature",
    "sign",
    "stay",
    "suggest",
    "threads",
    "unobjected",
    "unusual",
    "waits",
    "was_sent",
    "why_not",
]
