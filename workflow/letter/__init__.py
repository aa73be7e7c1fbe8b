"""A letter as text: its canonical form, how it reads, what changed in it, and what may be typed into it. Pure."""
