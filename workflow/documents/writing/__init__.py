"""A letter in WordprocessingML (ECMA-376): text, signatories and pictures as paragraphs, and their package."""
