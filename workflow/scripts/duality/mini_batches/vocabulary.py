"""What windows and limit laws are called in the table of the mini-batches."""

OF_ONE, SCALED, CENTRE, TAIL = "of M = 1", "scaled", "centre", "tail"
EXACT, NORMAL, STABLE, TRUNCATED = "exact", "normal", "stable", "truncated stable"
