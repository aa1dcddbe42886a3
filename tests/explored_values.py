"""What the explorer's page computes in a browser, beside what the workflow computes of the same."""

from fractions import Fraction

import numpy as np

from duality.config.design import design
from duality.dataset.density import Gaussian
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen

TOLERANCE = 1e-9
LABELS = (0.0, 1.0)
WANTED = ("0", "1/3", "2/3", "0.999", "1", "1.001", "1.3", "2", "3", "4")  # k
QUANTITIES = ("h", "dh", "d2h", "jacobian", "density", "local_exponent")
# What the page makes of states, classes and lists of x1: of each x1 the QUANTITIES, as text, for NaN has none in JSON.
IN_THE_BROWSER = """cases => cases.map(([one, label, points]) => {
    const d = new Duality(modelOf(one, label), { ...one, mean: one.means[label], sd: one.sds[label] });
    const y = x1 => d.w * x1 + d.b;
    return points.map(x1 => {
        const q = d.fluctuation(x1);
        return [d.h(y(x1)), d.dh(y(x1)), d.d2h(y(x1)), d.jacobian(x1), d.pdf(Math.abs(q), Math.sign(q)),
            d.localExponent(x1)].map(String);
    });
})"""


def different(got, wanted, relative=TOLERANCE):
    """Where numbers differ by more than so much of what is wanted. Two zeros, two NaN, two infinities do not differ."""
    got, wanted = np.asarray(got, float), np.asarray(wanted, float)
    return ~(np.isclose(got, wanted, rtol=relative, atol=0) | (np.isnan(got) & np.isnan(wanted)))


def states(explored, resolved):
    """States of the page, and the composition of each in Python: every pair that there is, and some designed losses."""
    common = {"gamma": 0.02, "means": [0.03, 0.96], "sds": [0.26, 0.22], "cap": 500}
    for pair in explored.pairs:
        if not pair.refused:
            activation, loss = resolved["activations"][pair.activation], resolved["losses"][pair.loss]
            parameters = activation.get("parameters", {}), loss.get("parameters", {})
            place = {"w": 2.75, "b": -0.875, "mode": "pair", "activation": pair.activation, "loss": pair.loss}
            composition = compose(activation["f"], loss["H"], LABELS, *parameters)
            yield common | place, composition
            yield common | place | {"w": 0.0, "b": 0.25}, composition  # y is the same for all x1
    for k in WANTED:
        made = design(Fraction(k), Fraction(common["cap"]), LABELS)
        place = {"w": 2.0, "b": -0.9, "mode": "design", "k": float(Fraction(k))}
        yield common | place, compose(made.activation, made.loss, LABELS)


def cases(explored, resolved, random):
    """(state, class, x1) as the page takes them, and of each the QUANTITIES in Python, of shape (x1, quantities)."""
    asked, wanted = [], []
    for state, composition in states(explored, resolved):
        alive = 0
        for label in range(len(LABELS)):
            density = Gaussian(state["means"][label], state["sds"][label])
            duality = Duality(composition, label, density, Frozen(state["w"], state["b"], state["gamma"]))
            x1 = density.ppf(random.uniform(0.02, 0.98, 64))
            x1 = x1[duality.magnitude(x1) > 0][:2]
            alive += x1.size
            if x1.size:
                q, y = duality.fluctuation(x1), duality.y(x1)
                p = [float(duality.pdf(np.abs(one), int(np.sign(one)))) for one in q]
                h = duality.h(y), duality.dh(y), duality.d2h(y)
                asked.append([state, label, x1.tolist()])
                wanted.append(np.array([*h, duality.jacobian(x1), p, duality.local_exponent(x1)]).T)
        assert alive, f"no fluctuation of {state} is looked at"
    return asked, wanted


def compared(page, cases):
    """How many values of each quantity are compared, and of which quantities one differs, with the first that does."""
    counts, wrong = dict.fromkeys(QUANTITIES, 0), {}
    asked, wanted = cases
    found = page.evaluate(IN_THE_BROWSER, asked)
    for case, theirs, mine in zip(asked, found, wanted, strict=True):
        got = np.array([[float(text.replace("Infinity", "inf")) for text in row] for row in theirs])
        for column, name in enumerate(QUANTITIES):
            counts[name] += len(got)
            if different(got[:, column], mine[:, column]).any():
                wrong.setdefault(name, f"{case}: {got[:, column]}, not {mine[:, column]}")
    return counts, wrong
