"""What can go wrong with a mail before it is handed to a server; each message says what, and what to do."""


class HeaderError(ValueError):
    """Something that cannot stand in a mail's head."""


class AddressError(HeaderError):
    """An email address that no mail can go to."""


class MailTooLargeError(ValueError):
    """The mail is larger than mail servers take; the message says by how much."""


class DkimKeyError(ValueError):
    """The DKIM key can't sign; the message says what to give instead."""
