"""
What a co-signing organisation does through its link: read, comment, suggest, sign, decline, delegate, retract.

Reading changes nothing. Each act locks the letter, takes its step and queues its receipt.
"""
