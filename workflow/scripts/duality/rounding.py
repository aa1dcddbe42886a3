"""Estimates as readers want them: rounded by their errors."""

import math
from typing import Literal

from uncertainties import ufloat

from duality.conventions import raised
from duality.records.estimates import Estimate

Form = Literal["text", "latex", "short", "picture"]

_CODES: dict[Form, str] = {"text": "P", "latex": "L", "short": "S"}  # of the package uncertainties
_ONE_DIGIT = 3.55  # what an error begins with that is shown with one digit, by the rule of the Particle Data Group
_LEAST, _DECIMALS = 1e-12, 6  # what has a smaller error is exact, and has so many decimals


def rounded(estimate: Estimate, form: Form = "text") -> str:
    """An estimate and its standard error, rounded by the rule of the Particle Data Group.

    However small the error, it is shown; what has none is exact.

    Parameters
    ----------
    estimate : Estimate
    form : str
        "text" for 0.9774±0.0006, "latex" for what stands between dollars, "short" for 0.9774(6), and "picture" for text
        as pictures and their captions have it: 0.9774 ± 0.0006, with the sign − of numbers.
    """
    if form == "picture":
        return f"{ufloat(estimate.value, max(estimate.se, _LEAST)):P}".replace("±", " ± ").replace("-", "−")
    if estimate.se < _LEAST:
        return f"{round(estimate.value, _DECIMALS) + 0.0:.{_DECIMALS}f}"
    return f"{ufloat(estimate.value, estimate.se):{_CODES[form]}}"


def significant(value: float, digits: int = 2) -> str:
    """A number to so many significant digits, as pictures and captions have it: −0.00015, 1.9×10⁻⁵."""
    text, _, power = f"{value:.{digits}g}".partition("e")
    return text.replace("-", "−") + (f"×10{raised(str(int(power)))}" if power else "")


def plain(estimate: Estimate) -> str:
    """As `rounded` for pictures, but never with a power of ten: of what is counted."""
    if estimate.se < 1:
        return rounded(estimate, "picture")
    unit = 10 ** math.floor(math.log10(estimate.se))
    if unit > 1 and estimate.se < _ONE_DIGIT * unit:
        unit //= 10
    value, se = (round(number / unit) * unit for number in (estimate.value, estimate.se))
    return f"{value} ± {se}".replace("-", "−")


def beside(value: float, estimate: Estimate, form: Form = "text") -> str:
    """A number that an estimate is compared with: one digit more than that of the estimate's error that is shown.

    Parameters
    ----------
    value : float
    estimate : Estimate
    form : str
        As for `rounded`.
    """
    decimals = _DECIMALS
    if estimate.se >= _LEAST:
        shown = f"{ufloat(estimate.value, estimate.se):f}".split("+/-")[1]
        decimals = len(shown.partition(".")[2]) + 1
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if form == "picture" else text
