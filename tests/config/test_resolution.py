"""If these fail, a mistake in the config is found late, told badly, or not at all."""

import copy
import re

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duality import conventions
from duality.config import resolution
from duality.config.reading import check_config_files, in_order_of, overlaid
from duality.dataset.checks import check_data
from duality.errors import InputError, ending_in_one_line


def resolve(config, schema):
    """As the Snakefile has it: what the config says, and whether the data are there for it."""
    resolved = resolution.resolve(config, schema)
    check_data(resolved)
    return resolved


def changed(config, path, value):
    """The config with one key set, or deleted if the value is `...`."""
    config = copy.deepcopy(config)
    *parents, last = path
    inner = config
    for key in parents:
        inner = inner[key]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return config


QUARTIC = ("experiments", "relu_quartic")
BAD = [
    (("seed",), "abc", "seed = 'abc'.*integer"),
    (("seed",), -1, "seed = -1"),
    (("seed",), ..., "seed is missing"),
    (("seed",), True, "seed = True"),
    (("sead",), 1, "sead is no known key.*allowed here: seed"),
    (("classes", "zeros", "sd"), 0, r"classes.zeros.sd = 0: must be a number from 1e-6"),
    (("classes", "zeros", "sd"), float("nan"), "classes.zeros.sd = nan: must be a finite number"),
    (("classes", "zeros", "mean"), "0", "classes.zeros.mean = '0'"),
    (("classes", "zeros"), {"x2": 0}, "classes.zeros .*either mean and sd"),
    (("classes", "zeros", "file"), "nowhere.csv", "classes.zeros: there is no file 'nowhere.csv'"),
    (("classes", "zeros", "distribution"), "nrom", "classes.zeros: 'nrom' is no continuous distribution"),
    (("classes", "../x"), {"x2": 0, "mean": 0, "sd": 1}, r"'../x' is no name"),
    (("classes", ""), {"x2": 0, "mean": 0, "sd": 1}, "'' is no name"),
    (("dataset", "samples_per_shard"), 0, "samples_per_shard = 0"),
    (("dataset", "shards"), 0, "dataset.shards = 0"),
    (("dataset", "training_shards"), 3, "at most dataset.shards = 2"),
    (("activations", "relu", "name"), "Re\x07LU", "activations.relu.name = .*printable"),
    (("activations", "relu", "name"), "$x_{$", "activations.relu.name = .*without [$]"),
    (("predictions", "power", "k_w"), "$", "predictions.power.k_w"),
    (("dataset",), 5, "dataset = 5: must be shards, samples_per_shard and training_shards"),
    (("dataset", "shards"), 100_000, "dataset.shards = 100000: must be an integer from 1 to 10000"),
    (("training", "budget"), 10**18, "training.budget = 1000000000000000000: must be an integer from 1024"),
    (("statistics", "tolerance"), 1e308, r"statistics.tolerance = 1e\+308: must be a number > 0, at most 1"),
    ((*QUARTIC, "classes", "zeros", "k_q"), 1e308, r"zeros.k_q = 1e\+308: must be .* from -100 to 100"),
    (("losses", "quartic", "H"), "f/(tanh(1e20) - 1)", "losses.quartic.H = .*nothing can be computed with it"),
    (("losses", "quartic", "H"), "(x2 - 1/2)**(1/3)*f**2", r"losses.quartic.H = .*nothing can be computed with it"),
    (
        ("classes", "zeros"),
        {"x2": 0, "distribution": "norminvgauss", "parameters": {"a": 1e12, "b": 1e-12}},
        "config: classes.zeros: ",
    ),
    (
        ("classes", "zeros"),
        {"x2": 0, "distribution": "geninvgauss", "parameters": {"p": 10**12, "b": 1}},
        "config: classes.zeros: ",
    ),
    (
        ("classes", "zeros"),
        {"x2": 0, "file": "results/x1.npy"},
        "classes.zeros: file = 'results/x1.npy': must lie outside results",
    ),
    (("figures", "a/b"), {"experiment": "relu_mse", "class": "zeros"}, "'a/b' is no name"),
    (("figures", "overview"), {"experiment": "relu_mse", "class": "zeros"}, "figures.overview"),
    (("figures", "figure_1", "experiment"), "x", r"figures.figure_1.experiment = 'x': must be one of sigmoid_mse"),
    (("figures", "figure_5", "class"), "twos", "figures.figure_5.class = 'twos': must be one of zeros, ones"),
    ((*QUARTIC, "activation"), "step", "relu_quartic.activation = 'step': must be one of sigmoid"),
    ((*QUARTIC, "loss"), "hinge", "relu_quartic.loss = 'hinge': must be one of squared"),
    ((*QUARTIC, "prediction"), "none", "relu_quartic.prediction = 'none': must be one of logarithmic"),
    ((*QUARTIC, "classes", "twos"), {"sign": "negative", "conditions": []}, "'twos': must be one of zeros, ones"),
    ((*QUARTIC, "classes", "zeros", "sign"), "both", "sign = 'both': must be negative or positive"),
    ((*QUARTIC, "classes", "zeros", "k_q"), "two", "k_q = 'two': must be a number or a fraction"),
    ((*QUARTIC, "classes", "zeros", "k_q"), "1/0", "k_q = '1/0'"),
    ((*QUARTIC, "classes", "zeros", "conditions"), ["x1 = 3"], r"conditions\[0\] = 'x1 = 3': it does not parse"),
    ((*QUARTIC, "classes", "zeros", "conditions"), ["q < 3"], r"unknown symbol 'q' \(allowed: x1"),
    ((*QUARTIC, "training", "gamma"), -0.1, "training.gamma = -0.1: must be a number > 0"),
    (("training", "burn_in"), ..., "training.burn_in is missing, and so is training.burn_in"),
    ((*QUARTIC, "training", "start"), {"w": [1, 0], "b": [0, 1]}, "start.w = .*low < high"),
    ((*QUARTIC, "training", "budget"), 2048, "budget = 2048: must be at least steps"),
    ((*QUARTIC, "training", "thin"), 10**6, "steps = .*32 times thin"),
    (("losses", "quartic", "H"), "(f - x2", "losses.quartic.H = .*does not parse"),
    (("losses", "quartic", "H"), "(f - t)**4", "unknown symbol 't' .allowed: f, x2"),
    (("losses", "quartic", "H"), "__import__('os')", "calls what is not allowed"),
    (("losses", "quartic", "H"), "().__class__", "not allowed in a formula"),
    (("losses", "quartic", "H"), "open('x')", "calls what is not allowed"),
    (("losses", "quartic", "H"), "9**9**9", "exponent"),
    (("losses", "quartic", "H"), "f" + "+f" * 5000, "10001 characters"),
    (("losses", "quartic", "parameters"), {"x2": 3}, "parameters.x2: must be another name"),
    (("losses", "quartic", "parameters"), {"u": 3}, "parameters.u does not occur"),
    (("losses", "quartic", "H"), "Piecewise((f, f > 0))", "undefined, for example at y = -8"),
    (("losses", "quartic", "H"), "log(f)", "undefined, for example at y = -8"),
    (("activations", "relu", "f"), "sqrt(y)", "the activation is undefined, for example at y = -8"),
    (("activations", "relu", "f"), "abs(" * 30 + "y" + ")" * 30, "30 corners"),
    (("activations", "relu", "f"), "exp(1e30)*y", "too large"),
    (("activations", "relu", "f"), "exp(exp(exp(10)))*y", "too large"),
    (("classes", "ones", "x2"), 0, "labels x2 = .0, 0.: must be different"),
    ((*QUARTIC, "classes", "zeros", "k_q"), "1e999999999", "k_q = '1e999999999'"),
    ((*QUARTIC, "classes", "zeros", "conditions"), ["x1 > 9"], "no x1 of the class 'zeros' meets them"),
    ((*QUARTIC, "classes", "zeros", "conditions"), ["2 < 1"], "no x1 of the class 'zeros' meets them"),
    ((*QUARTIC, "classes", "zeros", "conditions"), ["x1 > 0", "x1 < 0"], "no x1 of the class 'zeros' meets them"),
    (("losses", "a\nb"), {"H": "f"}, "is no name"),
    (("losses", "quartic", "H"), "1", "no derivative"),
    (("losses", "quartic", "H"), "x2", "no derivative"),
    (("losses", "quartic", "parameters"), {"m": "2"}, "losses.quartic.parameters.m = '2'"),
    (("activations", "relu", "f"), "2", "does not depend on y"),
    (("activations", "relu", "g"), "2", "activations.relu.g is no known key"),
    ((*QUARTIC, "classes", "zeros", "variants", "paper"), [], "'paper' is no name for an entry of .*zeros.variants"),
    ((*QUARTIC, "classes", "zeros", "variants", "observed"), [], "other than paper, observed"),
    ((*QUARTIC, "classes", "zeros", "variants", "a/b"), [], "'a/b' is no name"),
    ((*QUARTIC, "classes", "zeros", "variants", "mine"), ["x1 = 3"], r"variants.mine\[0\] = 'x1 = 3'"),
    (("figures", "calibration"), {"experiment": "relu_mse", "class": "zeros"}, "figures.calibration: must be another"),
    (("calibration",), ..., "calibration is missing"),
    (("calibration", "exponents"), [1, "3/3"], "calibration.exponents = .*different"),
    (("calibration", "exponents"), ["one"], r"calibration.exponents\[0\] = 'one': must be a number or a fraction"),
    (("calibration", "coverage", "sizes"), [200.0], "an integer from 10"),
    (("statistics", "much_less_than"), 1, "much_less_than = 1: must be a number > 1"),
    (("experiments",), {}, "experiments = {}"),
    (("figures",), None, "figures = None"),
    (("figures",), {}, "figures = {}: must be a mapping of 1 to 64 names to figures"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "complaint"), BAD, ids=lambda v: str(v)[:40])
def test_bad_input_is_one_line_that_names_key_and_allowed(path, value, complaint, shipped, schema):
    with pytest.raises(InputError, match=complaint) as caught:
        resolve(changed(shipped, path, value), schema)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("config: ")
    assert len(str(caught.value)) < 400


def test_a_file_with_nan_or_without_the_column_is_refused(shipped, schema, tmp_path):
    (tmp_path / "mine.csv").write_text("x\n1\n\n2\nNaN\n")
    for column, complaint in (("x", "is no number from"), ("y", "no column 'y'")):
        mine = {"x2": 1, "file": str(tmp_path / "mine.csv"), "column": column}
        with pytest.raises(InputError, match=f"config: classes.ones: .*{complaint}"):
            resolve(changed(shipped, ("classes", "ones"), mine), schema)


def test_the_shipped_config_resolves_and_every_key_is_described(shipped, schema):
    resolved = resolve(shipped, schema)
    assert set(resolved["figures"]) == {f"figure_{number}" for number in range(1, 10)}

    def undescribed(part, where):
        if not isinstance(part, dict):
            return
        for key, value in part.get("properties", {}).items():
            described = value.get("description") or "$ref" in value
            assert described, f"{where}.{key}"
            assert value.get("type") != "object" or "additionalProperties" in value, f"{where}.{key} is open"
            undescribed(value, f"{where}.{key}")
        undescribed(part.get("additionalProperties"), f"{where}.*")

    undescribed(schema, "")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("figures:\n  f: {experiment: a}\n  f: {experiment: b}\n", "'f' stands twice in one mapping, again in line 3"),
        ("a: 1\na: 2\n", "'a' stands twice"),
        ("a: [1\n", "is no YAML: line 2, column 1: did not find expected ',' or '\\]'"),
        (
            "classes: 1\nseed: 2405: 3\n",
            "is no YAML: line 2, column 11: mapping values are not allowed in this context",
        ),
        ("- a\n", "must hold a mapping"),
        ("a: !!python/object/apply:os.system [ls]\n", "is no YAML"),
        ("", "must hold a mapping"),
        ("__use_yte__: true\nseed: ?__import__('os').getpid()\n", "__use_yte__ of .* is not allowed"),
        ("seed: !!bool maybe\n", "line 1: it is no bool"),
        ("a: 1\nseed: !!int ''\n", "line 2: it is no int"),
        ("seed: !!map [1, 2]\n", "line 1: it is no map"),
        ("seed: !!timestamp foo\n", "line 1: it is no timestamp"),
        ("seed: " + ":".join(["1"] * 300) + ".5\n", "line 1: it is no float"),
        ("seed:\n  " + "- " * 100_000, "line 2 is nested deeper than 32 levels"),
        ("seed: " + "[" * 100_000, "line 1 is nested deeper than 32 levels"),
        ("seed: 0x" + "f" * 900, "seed = .*must be a number of at most 18 digits"),
        ("seed: " + "1:" * 100_000 + "1", "line 1 has a value of more than 2000 characters"),
        ("a: &a [*a]\n", "a holds itself"),
        (
            "a: &a {k: 1, l: 2}\n"
            + "".join(f"b{n}: &{n} {{<<: [{', '.join(['*a' if n == 0 else f'*{n - 1}'] * 40)}]}}\n" for n in range(9)),
            "merge keys make more than 100000 entries",
        ),
        (
            "a0: &0 [1]\n" + "".join(f"a{n}: &{n} [{', '.join([f'*{n - 1}'] * 9)}]\n" for n in range(1, 10)),
            "has more than 100000 values",
        ),
        ("seed: 2024-13-01\n", "line 1: it is no timestamp .*month must be in 1..12"),
    ],
)
def test_yaml_that_is_no_plain_data_with_each_key_once_is_refused(tmp_path, text, complaint):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=complaint) as caught:
        check_config_files([path])
    assert "\n" not in str(caught.value)


def paths_of(config, prefix=()):
    """Every key of a nested mapping, as a path."""
    for key, value in config.items():
        yield (*prefix, key)
        if isinstance(value, dict):
            yield from paths_of(value, (*prefix, key))


TERMS = st.sampled_from(
    ["y", "f", "x2", "x1", "w", "0", "1/2", "3", "-3", "pi", "1e-30", "1e300", "10**17", "1" + 20 * "0"]
)
FORMULAS = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("({})**{}".format, inner, st.sampled_from(["2", "0.5", "-1", "1/3", "64"])),
        st.builds("{}({})".format, st.sampled_from(["exp", "log", "sqrt", "cosh", "atan", "erf", "abs"]), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["max", "min"]), inner, inner),
        st.builds("Piecewise(({}, {} < {}), ({}, True))".format, inner, inner, inner, inner),
    ),
    max_leaves=6,
)
CONDITIONS = st.builds("{} {} {}".format, FORMULAS, st.sampled_from(["<", ">=", "<<", ">>"]), FORMULAS)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.integers(10**17, 10**20), st.floats(), st.text(max_size=12),
    FORMULAS, st.just(10**5000),
    st.sampled_from(["../x", "a/b", "", "9**9**9", "f", "y", "f**2", "log(f - 3)", "1/(f - f)", "zeros", "1/2"]),
    st.lists(st.one_of(st.integers(), st.text(max_size=5)), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)  # fmt: skip


def complaint_about(config, schema):
    try:
        resolve(config, schema)
    except InputError as error:
        return str(error)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_mutation_resolves_or_is_told_in_one_line(small, schema, data):
    config = copy.deepcopy(small)
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(sorted(paths_of(config), key=str)))
        action = data.draw(st.sampled_from(["set", "delete", "rename", "add"]))
        if action == "set":
            config = changed(config, path, data.draw(VALUES))
        elif action == "delete":
            config = changed(config, path, ...)
        elif action == "rename":
            *parents, last = path
            inner = config
            for key in parents:
                inner = inner[key]
            config = changed(changed(config, path, ...), (*parents, data.draw(st.text(max_size=8))), inner[last])
        else:
            config = changed(config, (*path[:-1], data.draw(st.text(max_size=8))), data.draw(VALUES))
    complaint = complaint_about(config, schema)
    assert complaint is None or re.fullmatch("config: [^\n\r]+", complaint)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(activation=FORMULAS, loss=FORMULAS, condition=CONDITIONS)
def test_any_formula_resolves_or_is_told_in_one_line(small, schema, activation, loss, condition):
    for path, value in (
        (("activations", "relu", "f"), activation),
        (("losses", "quartic", "H"), loss),
        ((*QUARTIC, "classes", "zeros", "conditions"), [condition]),
    ):
        complaint = complaint_about(changed(small, path, value), schema)
        assert complaint is None or re.fullmatch("config: [^\n\r]+", complaint)


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("dataset", "shards"), 1.0, "an integer"),
        (("training", "ess"), True, "must be"),
        (("losses", "unused"), {"H": "open('x')"}, "losses.unused.H = .* calls what is not allowed"),
        (("activations", "relu", "f"), "(-8)**(1/3)*y", "not real"),
        (("activations", "relu", "f"), "1e400*y", "too large"),
        (("figures", "f\n"), {"experiment": "relu_quartic", "class": "zeros"}, "is no name"),
        ((*QUARTIC, "classes", "zeros", "k_q"), "１", "a fraction such as"),
    ],
)
def test_what_only_looks_right_is_refused(small, schema, path, value, complaint):
    told = complaint_about(changed(small, path, value), schema)
    assert told is not None
    assert re.fullmatch(f"config: .*{complaint}.*", told)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("activations", "relu", "f"), "Piecewise((1e68, y <= 0), ((y - 10**17)**4, True))"),
        ((*QUARTIC, "classes", "zeros", "conditions"), ["1/x2 > 10**25"]),
        ((*QUARTIC, "classes", "ones", "conditions"), ["max(x1, x2) + min(x2, 3) > 0"]),
    ],
)
def test_numbers_that_no_machine_integer_holds_and_constants_among_arrays_are_no_fault(small, schema, path, value):
    complaint = complaint_about(changed(small, path, value), schema)
    assert complaint is None or "no x1" in complaint


@pytest.mark.parametrize("text", ["1or y", "y + 1if y > 0 else 1", "0x1for x in f", "y*1is 1"])
def test_python_s_own_remarks_on_a_formula_are_not_told(small, schema, text, recwarn):
    assert "activations.relu.f" in complaint_about(changed(small, ("activations", "relu", "f"), text), schema)
    assert not [str(warning.message) for warning in recwarn if warning.category is SyntaxWarning]


def test_an_overlay_may_turn_a_gaussian_into_data(shipped, schema, tmp_path):
    """The more specific counts: an overlay only adds keys, and mean and sd are still there."""
    (tmp_path / "mine.csv").write_text("x\n" + "".join(f"{i / 7}\n" for i in range(50)))
    overlaid = changed(shipped, ("classes", "ones", "file"), str(tmp_path / "mine.csv"))
    overlaid = changed(overlaid, ("classes", "ones", "column"), "x")
    assert resolve(overlaid, schema)["classes"]["ones"]["mean"] == 1.0


def test_the_shipped_yaml_has_no_key_twice():
    check_config_files([ROOT / "config.yaml"])


def test_an_overlay_changes_no_order(shipped):
    """Snakemake puts what an overlay names first: classes would change places, and with them the stream of samples."""
    overlaid = {"classes": {"ones": {"sd": 0.3}, "zeros": shipped["classes"]["zeros"]}, "mine": 1} | {
        key: value for key, value in shipped.items() if key != "classes"
    }
    ordered = in_order_of(shipped, overlaid)
    assert list(ordered) == [*shipped, "mine"]
    assert list(ordered["classes"]) == list(shipped["classes"])
    assert ordered["classes"]["ones"] == {"sd": 0.3}


def test_an_overlay_of_an_import_changes_what_it_names(shipped):
    """The config that a module is given: keys keep the order of the shipped ones, whose values stay as they are."""
    before = copy.deepcopy(shipped)
    overlay = {"mine": {"x": [1]}, "classes": {"ones": {"sd": 0.3}}, "seed": 7, "dataset": 5}
    changed_config = overlaid(shipped, overlay)
    assert list(changed_config) == [*shipped, "mine"]
    assert changed_config["classes"]["ones"] == {**shipped["classes"]["ones"], "sd": 0.3}
    assert (changed_config["seed"], changed_config["dataset"], changed_config["mine"]) == (7, 5, {"x": [1]})
    assert overlaid({"a": 1}, {"a": {"b": 2}}) == {"a": {"b": 2}}
    assert overlaid(shipped, {}) == shipped == before


def test_an_overlay_that_is_no_mapping_or_holds_itself_is_told():
    endless = {}
    endless["seed"] = endless
    for overlay, complaint in ((None, "config = None: must be a mapping"), ([1], "must be a mapping")):
        with pytest.raises(InputError, match=complaint):
            overlaid({"seed": 1}, overlay)
    with pytest.raises(InputError, match="config: holds itself"):
        overlaid({"seed": 1}, endless)


def test_merge_keys_are_yaml(tmp_path):
    (tmp_path / "config.yaml").write_text("a: &a {x: 1}\nb: {<<: *a, y: 2}\n")
    check_config_files([tmp_path / "config.yaml"])


def test_the_program_ends_with_one_line():
    """Snakemake would tell bad input with a traceback, of which the line is the last."""
    with pytest.raises(SystemExit) as ended, ending_in_one_line():
        raise InputError("seed = 'abc':\n must be an integer")
    assert ended.value.code == "seed = 'abc': must be an integer"
    with pytest.raises(SystemExit) as ended, ending_in_one_line("module paper: "):
        raise InputError("seed")
    assert ended.value.code == "module paper: seed"
    with pytest.raises(ZeroDivisionError), ending_in_one_line():
        raise ZeroDivisionError


def test_a_quantity_beside_the_others_needs_its_line_and_the_schema_s(small, schema, monkeypatch):
    """CONTRIBUTING says: two files. Here v̇ with k_v, of which no other code knows."""
    monkeypatch.setitem(conventions.EXPONENTS, "v_dot", "k_v")
    schema, config = copy.deepcopy(schema), changed(small, (*QUARTIC, "classes", "zeros", "k_v"), "5/4")
    with pytest.raises(InputError, match=r"classes\.zeros\.k_v is no known key"):
        resolve(config, schema)
    known = schema["properties"]["experiments"]["additionalProperties"]["properties"]["classes"]
    known["additionalProperties"]["properties"]["k_v"] = {"type": ["number", "string"]}
    measured = resolve(config, schema)["experiments"]["relu_quartic"]["classes"]["zeros"]
    assert (measured["predicted"]["v_dot"], measured["texts"]["v_dot"]) == (1.25, "5/4")
    assert "k_v" not in measured


def test_the_schema_has_an_exponent_per_quantity(schema):
    """One that it lacks could not be predicted, one that it has in excess would be read by nobody."""
    known = schema["properties"]["experiments"]["additionalProperties"]["properties"]["classes"]
    keys = set(known["additionalProperties"]["properties"])
    assert {key for key in keys if key.startswith("k_")} == set(conventions.EXPONENTS.values())


def test_every_supplementary_figure_has_a_name_that_no_other_may_have(shipped, schema):
    """Two rules would make one file, which Snakemake tells in its own words, and not in one line."""
    rules = (ROOT / "workflow/rules/figures.smk").read_text(encoding="utf-8")
    names = set(re.findall(r'"results/figures/(\w+)', rules))
    assert {"overview", "traces", "guard", "jumps", "calibration", "local_exponents", "sensitivities"} <= names
    for name in names:
        figures = shipped["figures"] | {name: shipped["figures"]["figure_1"]}
        with pytest.raises(InputError, match=f"figures.{name}: must be another name"):
            resolve(shipped | {"figures": figures}, schema)
