"""Names and signs that every stage uses."""

QUANTITIES = ("q_dot", "w_dot", "b_dot")
SIGNS = {"negative": -1, "positive": 1}  # of a fluctuation: the sign of ḃ
