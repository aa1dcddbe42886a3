"""If these fail, some config hangs, traces, or fills the memory, and one of a stranger's will.

Examples are drawn from what was found to do so. Each must resolve, or be told in one line that names its key, within a
budget; the budget is smaller here than before a run, as it may well be spent.
"""

import copy
import functools
import io
import json
import lzma
import multiprocessing
import re
import traceback

import numpy as np
import pytest
import yaml
from conftest import small_config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from duality.config.reading import check_config_files, load_yaml, text_of
from duality.config.resolution import resolve
from duality.dataset.checks import check_data
from duality.errors import InputError
from duality.limits import within_budget

pytestmark = pytest.mark.slow
SECONDS, MEGABYTES = 1, 2000
PER_CHILD = 200  # examples: to fork a child for each takes longer than what it does
FORK = multiprocessing.get_context("fork")

NUMBERS = st.one_of(
    st.floats(),
    st.integers(-(10**20), 10**20),
    st.sampled_from([0, 1e-300, 1e300, 5e-324, 1.7e308, 10**18, 2**63, -(2**63), 1e-12, 10**400]),
)
TEXTS = st.sampled_from(
    ["0", "1", "3", "1/2", "1e-300", "1e300", "1e-12", "10**17", "64", "tanh(1e20)", "erf(30)", "pi", "1e-300*pi"]
)


def formulas(*names):
    """Formulas with nested corners, towers of powers and exponentials, hidden zeros and roots of what is negative."""
    return st.recursive(
        st.one_of(st.sampled_from(names), TEXTS),
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
            st.builds("({})**{}".format, inner, st.sampled_from(["2", "64", "0.5", "-1", "(1/3)", "-64", "7"])),
            st.builds("{}({})".format, st.sampled_from(["exp", "log", "sqrt", "tanh", "erf", "abs", "cosh"]), inner),
            st.builds("abs(abs(abs({})))".format, inner),
            st.builds("exp(exp({}))".format, inner),
            st.builds("sqrt(({} - 1)**2)*sqrt(({} - 2)**2)".format, inner, inner),
            st.builds("clip({}, {}, {})".format, inner, inner, inner),
            st.builds("max({}, {})".format, inner, inner),
        ),
        max_leaves=8,
    )


DISTRIBUTIONS = sorted(
    name for name, value in vars(stats).items() if isinstance(value, stats.rv_continuous | stats.rv_discrete)
)


@functools.cache
def shapes_of(name):
    return [*filter(None, (getattr(stats, name).shapes or "").split(", ")), "loc", "scale"]


@st.composite
def distributions(draw):
    name = draw(st.sampled_from(DISTRIBUTIONS))
    values = st.one_of(NUMBERS, st.floats(0.1, 10))
    return {"x2": 0, "distribution": name, "parameters": {shape: draw(values) for shape in shapes_of(name)}}


@pytest.fixture(scope="module")
def base(shipped, schema):
    config = small_config(shipped)
    for measured in config["experiments"]["relu_quartic"]["classes"].values():
        del measured["variants"]  # more conditions, like those that are there
    check_data(resolve(config, schema))  # children then have what was imported and worked out
    return config


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


FIELDS = st.sampled_from(["1", "-2.5", "x", "", "nan", "1_0", '"', '"1"', "1e999", "١", " 3", "\0"])
LINES = st.lists(FIELDS, min_size=1, max_size=3).map(",".join)
CONTENTS = st.one_of(
    st.binary(max_size=200),
    st.lists(LINES, max_size=6).map(lambda lines: "\n".join(["x1", *lines]).encode()),
    st.lists(LINES, max_size=6).map(lambda lines: "\n".join(["id,x1", *lines]).encode()),
    st.lists(LINES, max_size=6).map(lambda lines: "\n".join(["x1,x1,", *lines]).encode("utf-16")),
    st.binary(max_size=90).map(lambda header: b"\x93NUMPY\x01\x00\x5a\x00" + header.ljust(90)),
    st.binary(max_size=90).map(lzma.compress),
    st.integers(0, 160).map(lambda size: npy(np.arange(4.0))[:size]),
    st.sampled_from([npy(np.arange(600.0)), npy(np.eye(3)), npy(np.array(["a"])), npy(np.array([1, np.inf]))]),
)


def numbers_of(config, path=()):
    """The paths of all numbers of a config, lists included."""
    items = config.items() if isinstance(config, dict) else enumerate(config)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from numbers_of(value, (*path, key))
        elif isinstance(value, int | float):
            yield (*path, key)


def with_values(config, values):
    """The config with some values put in."""
    config = copy.deepcopy(config)
    for (*parents, last), value in values.items():
        functools.reduce(lambda inner, key: inner[key], parents, config)[last] = value
    return config


def complaint(config, schema):
    """What is said about a config, or None if it resolves."""
    try:
        content = resolve(config, schema)
        check_data(content)
        json.loads(json.dumps(content, allow_nan=False))
    except InputError as error:
        return str(error)
    except Exception:
        return traceback.format_exc()  # which is no line
    return None


def answer(questions, schema):
    """Say what is said about one config after another, and whether the budget of each step suffices for more."""

    def answered():
        for config in iter(questions.recv, None):
            questions.send((complaint(config, schema), True))
        return ""

    try:
        within_budget(answered, SECONDS, MEGABYTES, 10 * SECONDS * PER_CHILD)
    except InputError as error:
        questions.send((str(error), False))


class Child:
    """A process with a budget that is asked about configs, one after the other; a new one if the budget is spent."""

    left, questions = 0, None

    def __call__(self, config, schema):
        if not self.left or self.questions.poll():  # it speaks unasked if it had to wait for so long that it was ended
            if self.questions and not self.questions.poll():
                self.questions.send(None)
            self.questions, theirs = FORK.Pipe()
            FORK.Process(target=answer, args=(theirs, schema), daemon=True).start()
            theirs.close()
            self.left = PER_CHILD
        self.questions.send(config)
        found, goes_on = self.questions.recv()
        self.left = self.left - 1 if goes_on else 0
        if not goes_on:
            self.questions = None
        return found


told = Child()


def examples(number):
    """So many, and three times as many with `--hypothesis-profile thorough`."""
    return settings(
        max_examples=number * settings.default.max_examples // 100,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def check(complaint, *keys):
    """One line that names one of the keys."""
    if complaint is not None:
        assert re.fullmatch("config: [^\n\r]+", complaint)
        assert len(complaint) < 600
        assert any(key in complaint for key in keys), complaint


@examples(1000)
@given(data=st.data())
def test_numbers(base, schema, data):
    path = data.draw(st.sampled_from(list(numbers_of(base))))
    keys = [".".join(str(key) for key in path if isinstance(key, str)), str(path[-1])]
    check(told(with_values(base, {path: data.draw(NUMBERS)}), schema), *keys, "dataset.", "experiments.", "classes.")


@examples(240)
@given(activation=formulas("y", "y", "x2"), loss=formulas("f", "f", "x2"), which=st.sampled_from(["f", "H", "both"]))
def test_formulas(base, schema, activation, loss, which):
    values = {("activations", "relu", "f"): activation} if which != "H" else {}
    values |= {("losses", "quartic", "H"): loss} if which != "f" else {}
    check(told(with_values(base, values), schema), "activations.relu.f", "losses.quartic.H")


@examples(200)
@given(left=formulas("x1", "y", "w", "x2"), right=formulas("x1", "y", "w", "x2"))
def test_conditions(base, schema, left, right):
    path = ("experiments", "relu_quartic", "classes", "zeros", "conditions")
    for text in (f"{left} > {right}", f"{left} << {right}"):
        # What is worked out of the data after it is slow already, on a busy machine may take longer than all may.
        check(told(with_values(base, {path: [text]}), schema), ".".join(path), "classes.zeros")


@examples(670)
@given(description=distributions())
def test_distributions(base, schema, description):
    keys = ["classes.zeros", "experiments.relu_quartic.classes.zeros.conditions"]
    check(told(with_values(base, {("classes", "zeros"): description}), schema), *keys)


@examples(670)
@given(content=CONTENTS, ending=st.sampled_from([".csv", ".npy", ".csv.xz", ".zst", ".tar", ".npz"]))
def test_files(base, schema, tmp_path, content, ending):
    path = tmp_path / f"mine{ending}"
    path.write_bytes(content)
    description = {"x2": 0, "file": str(path), "column": "x1"}
    keys = ["classes.zeros", "experiments.relu_quartic.classes.zeros.conditions"]
    check(told(with_values(base, {("classes", "zeros"): description}), schema), *keys)


@st.composite
def with_aliases(draw):
    """YAML whose aliases hold each other, themselves, or so many copies that they fill the memory when written out."""
    depth, width = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    kind, merged = draw(st.sampled_from(["list", "mapping", "merge", "self"])), draw(st.booleans())
    lines = ["a0: &a0 {k: 1}"]
    for level in range(1, depth + 1):
        copies = ", ".join([f"*a{level - 1}"] * width)
        inner = f"{{k{level}: [{copies}]}}" if kind == "mapping" else f"[{copies}]"
        lines.append(f"a{level}: &a{level} {{<<: [{copies}]}}" if kind == "merge" else f"a{level}: &a{level} {inner}")
    lines.append("seed: &s [*s]" if kind == "self" else f"seed: *a{depth}")
    return "\n".join(lines + ["seed: 1"] * merged)


@examples(570)
@given(text=with_aliases())
def test_aliases(base, schema, tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")

    def resolved():
        check_config_files([path])
        content = base | load_yaml(path)
        return json.dumps(resolve(yaml.safe_load(text_of(content)), schema))

    with pytest.raises(InputError) as refused:
        within_budget(resolved, SECONDS, MEGABYTES, 10 * SECONDS)
    check(str(refused.value), "seed", "a0", "a1", str(path))
