"""If these fail, a rule's conda environment lacks what its script imports, or differs from the lock."""

import ast
import re
import sys

import pytest
import yaml
from conftest import ROOT

from duality.provenance import _read

SCRIPTS = ROOT / "workflow/scripts"
PACKAGE_OF = {"yaml": "pyyaml", "arviz_stats": "arviz-stats", "matplotlib": "matplotlib-base"}
# What a package cannot be installed without need not be declared again.
BROUGHT = {"powerlaw": {"matplotlib", "scipy", "numpy"}, "pandas": {"numpy"}, "sympy": {"mpmath"}}


def rules():
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        text = path.read_text(encoding="utf-8")
        for rule in re.split(r"^rule ", text, flags=re.MULTILINE)[1:]:
            name = rule.split(":")[0]
            script = re.search(r'"\.\./scripts/(\w+)\.py"', rule)
            environment = re.search(r'"\.\./\.\./(envs/\w+\.yaml)"', rule)
            yield name, script and script[1], environment and environment[1], rule


def imports(script):
    """Third-party packages that a script, or a module of ours that it imports, imports."""
    found, seen, pending = set(), set(), [SCRIPTS / f"{script}.py"]
    while pending:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
        pending += _read(path, SCRIPTS)[1]
    return found - set(sys.stdlib_module_names) - {"duality", "job"}


def packages(environment):
    content = yaml.safe_load((ROOT / environment).read_text(encoding="utf-8"))
    assert content["channels"] == ["conda-forge", "nodefaults"]
    return dict(re.fullmatch(r"([a-z0-9-]+) =(\S+)", line).groups() for line in content["dependencies"])


@pytest.mark.parametrize(("name", "script", "environment", "rule"), list(rules()), ids=[r[0] for r in rules()])
def test_every_rule_that_computes_has_what_it_needs(name, script, environment, rule):
    for directive in ("message:", "log:", "conda:", "resources:", "threads: 1"):
        assert directive in rule or name == "figures", f"{name} lacks {directive}"
    if not script:
        return
    needed = {PACKAGE_OF.get(module, module) for module in imports(script)}
    declared = set(packages(environment))
    for package in list(declared):
        declared |= BROUGHT.get(package, set())
    assert needed <= declared | {"matplotlib-base"} if "powerlaw" in declared else needed <= declared


def test_versions_equal_the_lock():
    lock = dict(
        re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M)
    )
    for path in (ROOT / "envs").glob("*.yaml"):
        for package, version in packages(path.relative_to(ROOT).as_posix()).items():
            if package != "python":
                assert lock[package.replace("-base", "")] == version, f"{path.name}: {package}"


def test_results_readme_tells_of_every_folder():
    """Who opens results/ before or after a run learns there what each folder holds."""
    told = (ROOT / "results/README.md").read_text(encoding="utf-8")
    folders = {folder for *_, rule in rules() for folder in re.findall(r'"results/(\w+)/', rule)}
    assert folders
    assert {folder for folder in folders if f"`{folder}/" not in told} == set()
