"""Logos and signatures by hand: an upload drawn anew as a clean PNG, and logos laid out to equal visual weight."""

from workflow.documents.pictures.logos import EMU_PER_MM, LARGEST_UPLOAD, Logo, logo, normalise, rows

__all__ = ["EMU_PER_MM", "LARGEST_UPLOAD", "Logo", "logo", "normalise", "rows"]
