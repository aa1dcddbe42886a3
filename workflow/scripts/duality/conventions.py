"""Names and signs that every stage uses."""

QUANTITIES = ("q_dot", "w_dot", "b_dot")
EXPONENTS = {"q_dot": "k_q", "w_dot": "k_w", "b_dot": "k_b"}  # what the exponent of each is called
SIGNS = {"negative": -1, "positive": 1}  # of a fluctuation: the sign of ḃ
