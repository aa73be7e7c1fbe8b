"""A joint letter's life: what it is, who may do what to it, and the record that proves it."""

__version__ = "0.13.0"
