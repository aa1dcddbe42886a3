"""The verdict of a check on results, and what the claims of the tests have in common."""

from dataclasses import replace

import msgspec
from simulated_results import RULES

from duality.claims.ledger import CHECKS

E = {"experiments": ["e"]}
ALL = {"quantifier": "all"}
K = {"experiment": "e", "class": "c", "exponent": "k_q", "expected": 1}


def finding(check, results, **claim):
    return CHECKS[check].of_claim(claim)(results)


def verdict(check, results, **claim):
    return finding(check, results, **claim).verdict


def by(results, **rules):
    """The same results under other rules."""
    return replace(results, rules=msgspec.structs.replace(RULES, **rules))
