"""What a co-signing organisation sees and does, through its link."""
