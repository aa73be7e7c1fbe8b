"""A mail's life: built, handed to a mail server, answered. Knows nothing of letters."""
