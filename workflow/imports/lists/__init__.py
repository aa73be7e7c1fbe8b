"""Lists of organisations as people have them: lines of emails, columns, CSV, sheets. Read only; nothing is kept."""
