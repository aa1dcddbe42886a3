"""What windows and limit laws are called in the table of the mini-batches."""

OF_ONE, SCALED, CENTRE, TAIL, BELOW_CAP = "of M = 1", "scaled", "centre", "tail", "below the cap"
EXACT, NORMAL, STABLE, TRUNCATED = "exact", "normal", "stable", "truncated stable"
