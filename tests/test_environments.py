"""If these fail, a rule's conda environment lacks what its script imports, or differs from the lock.

The rules are those that Snakemake itself reads from the Snakefile: a rule that it runs cannot be overlooked.
"""

import ast
import contextlib
import os
import re
import shutil
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml
from conftest import OWN_FILES, ROOT, snakemake
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ResourceSettings

from duality.provenance.code import _read, code_digest

# What conda calls a package of another name in Python.
CALLED = {"yaml": "pyyaml", "arviz_stats": "arviz-stats", "matplotlib": "matplotlib-base"}
# What pandas imports only when these are called.
IMPORTED_BY_PANDAS = {"to_markdown": "tabulate", "to_latex": "jinja2", "to_excel": "openpyxl", "to_parquet": "pyarrow"}
# Rules that compute nothing: how long they take is of no interest.
NO_BENCHMARK = {"theory": "joins tables on one page", "resolved_config": "writes the config", "audit": "makes nothing"}
NO_BENCHMARK |= {"summary": "makes nothing"}
NO_SCRIPT = {"all", "figures", "realisations", "sweeps", "gallery"}  # names for what others make


def rules_of(folder):
    """The rules of a copy of the repository, as Snakemake reads them."""
    _read.cache_clear()  # a copy's files change here while Python runs
    with contextlib.chdir(folder), SnakemakeApi() as api:
        return list(api.workflow(resource_settings=ResourceSettings(), snakefile=folder / "Snakefile")._workflow.rules)


@pytest.fixture(scope="module")
def rules():
    return rules_of(ROOT)


def place(rule, path):
    """Where a file is that a rule names as seen from its own."""
    return (Path(rule.basedir.get_path_or_uri(secret_free=True)) / path).resolve()


@cache
def names(content):
    """What a file imports by itself: packages by their names in Python, and pairs of a module and a name of it."""
    packages, members = set(), set()
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            packages.add(node.module.split(".")[0])
            members |= {(node.module, alias.name) for alias in node.names}
    return packages, members


@cache
def brought_by_pandas(content):
    """Pairs of a function of a file, None outside of any, and a package that pandas imports for it."""
    return {
        (getattr(part, "name", None), IMPORTED_BY_PANDAS[node.attr])
        for part in ast.parse(content).body
        for node in ast.walk(part)
        if isinstance(node, ast.Attribute) and node.attr in IMPORTED_BY_PANDAS
    }


def imports(script, scripts):
    """Packages, by conda's names, that a script imports, or a module of ours that it imports, directly or not.

    What another package brings counts too: which version that is, and whether it comes at all, is not ours to say.
    What pandas imports for a function counts unless only other scripts have that function.
    """
    contents, pending = {}, [script]
    while pending:
        path = pending.pop()
        if path not in contents:
            contents[path], imported = _read(path, scripts)
            pending += imported
    found = set().union(*(names(content)[0] for content in contents.values()))
    own = set().union(*(names(content)[1] for content in contents.values()))
    anybody_s = set().union(*(names(path.read_bytes())[1] for path in scripts.rglob("*.py")))
    for path, content in contents.items():
        module = ".".join(path.relative_to(scripts).with_suffix("").parts)
        for function, package in brought_by_pandas(content):
            if (module, function) in own or (module, function) not in anybody_s:
                found.add(package)
    return {CALLED.get(name, name) for name in found - set(sys.stdlib_module_names) - {"duality", "job"}}


def packages(environment):
    """Name and version of what an environment declares; `misdeclared` says what is no such line."""
    lines = yaml.safe_load(environment.read_text(encoding="utf-8"))["dependencies"]
    return dict(found.groups() for line in lines if (found := re.fullmatch(r"([a-z0-9-]+) ==?(\S+)", str(line))))


def misdeclared(environment):
    """What an environment has beside its channels, its minor version of Python and exact versions, a line each."""
    content = yaml.safe_load(environment.read_text(encoding="utf-8"))
    found = [] if list(content) == ["channels", "dependencies"] else [f"{environment.name} has keys {list(content)}"]
    if content["channels"] != ["conda-forge", "nodefaults"]:
        found.append(f"{environment.name} has channels {content['channels']}")
    lines = [str(line) for line in content["dependencies"]]
    found += [
        f"{environment.name} has {line!r}, which is no exact version"
        for line in lines
        if not re.fullmatch(r"python =\d+\.\d+|(?!python )[a-z0-9-]+ ==\d[\w.]*", line)
    ]
    if len(packages(environment)) < len(lines):
        found.append(f"{environment.name} has a package twice, or what is none")
    for pins in environment.parent.glob(f"{environment.stem}.*.pin.txt"):
        built = pins.read_text(encoding="utf-8")
        for name, version in packages(environment).items():
            if not re.search(rf"/{name}-{re.escape(version)}{'.' if name == 'python' else '-'}", built):
                found.append(f"{pins.name} has not {name} {version}")
    return found


def faults(rules, folder):
    """What is wrong with the rules of a repository, and with its environments, a line each."""
    scripts, found, needed = folder / "workflow/scripts", [], {}
    for rule in rules:
        if rule.is_run or rule.shellcmd or rule.notebook or rule.wrapper or rule.cwl:
            found.append(f"{rule.name} runs what is no script")
        if rule.script is None:
            found += [] if rule.name in NO_SCRIPT else [f"{rule.name} has no script"]
            continue
        if any(isinstance(path, str) and path.startswith("/") for path in rule.input):
            found.append(f"{rule.name} has an input that is elsewhere in another checkout")
        script = place(rule, rule.script)
        if script.parent != scripts:
            found.append(f"{rule.name}: {rule.script} is not in workflow/scripts")
        elif script.stem != rule.name:  # a record names the rule so: another workflow may call it otherwise
            found.append(f"{rule.name} has the script {script.name}")
        elif dict(rule.params.items()).get("code") != code_digest(scripts, script.stem):
            found.append(f"{rule.name}: its params have not the digest of its code")
        for directive in ("log", "message", "conda_env", "benchmark"):
            excused = directive == "benchmark" and rule.name in NO_BENCHMARK
            if bool(getattr(rule, directive)) == excused:
                found.append(f"{rule.name} has {'a needless' if excused else 'no'} {directive}")
        # By the name of a result its record is found, which has the name of the log. Nothing is made of a crate.
        stem = str(rule.log[0]).removeprefix("logs/").removesuffix(".log") if rule.log and rule.name != "crate" else ""
        for made in (str(path).removeprefix("results/") for path in rule.output):
            if stem and not made.startswith((f"{stem}.", f"{stem}/")):
                found.append(f"{rule.name}: no record is found by the name of {made}")
        if rule.resources["_cores"].value != 1:
            found.append(f"{rule.name} has more than one thread: sums would depend on how many there are")
        if rule.conda_env:
            environment = place(rule, rule.conda_env)
            own = Path(rule.snakefile).stem, "figures"  # whatever stage a picture belongs to, figures draws it
            if environment not in [folder / f"envs/{stage}.yaml" for stage in own]:
                found.append(f"{rule.name} has {environment.name}, which is not that of its stage")
            needed.setdefault(environment, set()).update(imports(script, scripts))
    used = {place(rule, rule.script) for rule in rules if rule.script}
    used |= {scripts / "job.py", scripts / "resolution.py"}  # of all rules, and of the Snakefile
    found += [f"{path.name} belongs to no rule" for path in scripts.glob("*.py") if path not in used]
    found += [f"{path.name} belongs to no rule" for path in (folder / "envs").glob("*.yaml") if path not in needed]
    for environment, wanted in needed.items():
        found += misdeclared(environment)
        found += [] if "python" in packages(environment) else [f"{environment.name} lacks python"]
        declared = set(packages(environment)) - {"python"}
        found += [f"{environment.name} lacks {package}" for package in sorted(wanted - declared)]
        found += [f"{environment.name} has {package} in vain" for package in sorted(declared - wanted)]
    return found


def test_every_rule_that_computes_has_what_it_needs_and_nothing_else(rules):
    assert len([rule for rule in rules if rule.script]) > 20
    found = faults(rules, ROOT)
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_planted_faults_are_seen(tmp_path):
    """Each in a rule or an environment of its own, in one copy of the repository."""

    def change(path, pattern, new):
        text = (tmp_path / path).read_text(encoding="utf-8")
        changed, times = re.subn(pattern, new, text, count=1)
        assert times == 1, f"{path} has no {pattern}"
        (tmp_path / path).write_text(changed, encoding="utf-8")

    for name in OWN_FILES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name)
    before = set(faults(rules_of(tmp_path), tmp_path))
    scripts = tmp_path / "workflow/scripts"
    (scripts / "inner").mkdir()
    moved = (scripts / "jacobian.py").read_text(encoding="utf-8")
    (scripts / "inner/jacobian.py").write_text(f"import numba\n{moved}", encoding="utf-8")
    change("workflow/rules/jacobian.smk", r"scripts/jacobian\.py", "scripts/inner/jacobian.py")
    change("workflow/rules/theory.smk", r"scripts/theory\.py", "scripts/derivations.py")
    change("workflow/rules/theory.smk", r'code\("theory"\)', 'code("derivations")')
    change("workflow/rules/training.smk", r" +conda:\n.*\n", "")
    change("workflow/rules/training.smk", r" +log:\n.*\n", "")
    change("workflow/rules/fluctuations.smk", r"    benchmark:\n", "    threads: 2\n    benchmark:\n")
    change("workflow/rules/claims.smk", r" +benchmark:\n.*\n", "")
    change("workflow/rules/claims.smk", r"derivations=[\w.]+,", 'derivations=f"{REPOSITORY}/claims.yaml",')
    change("workflow/rules/claims.smk", r'code\("claims"\)', 'code("table")')
    change("workflow/rules/table.smk", r'script:\n +"../scripts/resolved_config\.py"', 'shell:\n        "true"')
    change("workflow/rules/jumps.smk", r"envs/jumps\.yaml", "envs/guard.yaml")
    change("workflow/rules/page.smk", r"logs/index\.log", "logs/page.log")
    change("envs/dataset.yaml", r"\Z", "  - tqdm ==1\n")
    change("envs/exponents.yaml", r" +- sympy =.*\n", "")
    change("envs/exponents.yaml", r" +- numpy =.*\n", "")  # pandas brings it, as long as it needs it
    change("envs/gallery.yaml", r" +- mpmath =.*\n", "")  # so does sympy
    change("envs/table.yaml", r" +- tabulate =.*\n", "")
    change("envs/table.yaml", r" +- python =.*\n", "")
    change("envs/figures.yaml", r"numpy ==", "numpy =")
    change("envs/figures.yaml", r"\Z", "  - scipy ==1.0\n  - pip: [rocrate]\n")
    change("envs/theory.yaml", "nodefaults", "defaults")
    change("envs/theory.yaml", r"\A", "name: theory\n")
    change("envs/claims.yaml", "python =3.11", "python ==3.11.7")
    pinned = (f"{name}-{version}-0" for name, version in packages(tmp_path / "envs/provenance.yaml").items())
    pins = "\n".join(f"https://conda.example/noarch/{package}.conda" for package in pinned)
    (tmp_path / "envs/provenance.linux-64.pin.txt").write_text(
        pins.replace("python-3.11-", "python-3.11.9-").replace("rocrate-0", "rocrate-1"), encoding="utf-8"
    )
    numpy = packages(ROOT / "envs/figures.yaml")["numpy"]
    rocrate = packages(ROOT / "envs/provenance.yaml")["rocrate"]
    planted = {
        "jacobian: ../scripts/inner/jacobian.py is not in workflow/scripts",
        "jacobian.yaml lacks numba",
        "jacobian.py belongs to no rule",
        "theory has the script derivations.py",
        "theory.py belongs to no rule",
        "training has no conda_env",
        "training has no log",
        "training.yaml belongs to no rule",
        "fluctuation_sums has more than one thread: sums would depend on how many there are",
        "claims has no benchmark",
        "claims has an input that is elsewhere in another checkout",
        "claims: its params have not the digest of its code",
        "resolved_config runs what is no script",
        "resolved_config has no script",
        "resolved_config.py belongs to no rule",
        "dataset.yaml has tqdm in vain",
        "exponents.yaml lacks sympy",
        "exponents.yaml lacks numpy",
        "gallery.yaml lacks mpmath",
        "table.yaml lacks tabulate",
        "table.yaml lacks python",
        "jumps has guard.yaml, which is not that of its stage",
        "page: no record is found by the name of index.html",
        "jumps.yaml belongs to no rule",
        f"figures.yaml has 'numpy ={numpy}', which is no exact version",
        "figures.yaml has \"{'pip': ['rocrate']}\", which is no exact version",
        "figures.yaml has a package twice, or what is none",
        "theory.yaml has channels ['conda-forge', 'defaults']",
        "theory.yaml has keys ['name', 'channels', 'dependencies']",
        "claims.yaml has 'python ==3.11.7', which is no exact version",
        f"provenance.linux-64.pin.txt has not rocrate {rocrate}",
    }
    assert planted & before == set()
    assert planted - set(faults(rules_of(tmp_path), tmp_path)) == set()


def test_the_profile_gives_every_rule_its_resources():
    """What a rule does not ask for: memory, and the time after which a cluster ends the job."""
    profile = yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text(encoding="utf-8"))
    defaults = profile["default-resources"]
    names = set(defaults) if isinstance(defaults, dict) else {entry.split("=")[0].strip() for entry in defaults}
    assert names >= {"mem_mb", "runtime"}


def test_versions_equal_the_lock():
    lock = dict(
        re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M)
    )
    # Python is in no lock: the lowest minor version for which the lock is made.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock["python"] = project["requires-python"].removeprefix(">=")
    environments = list((ROOT / "envs").glob("*.yaml"))
    assert len(environments) > 10
    for path in environments:
        for package, version in packages(path).items():
            assert lock[package.replace("-base", "")] == version, f"{path.name}: {package}"


# What Snakemake asks of conda while it writes a Dockerfile: for which platform it would take pins, and its version.
CONDA = """\
#!/bin/sh
case $1 in
  info) echo '{"conda_prefix": "/nowhere", "platform": "linux-64"}' ;;
  --version) echo conda 99.0.0 ;;
  config) echo '{"get": {"channel_priority": "strict"}}' ;;
  *) exit 1 ;;
esac
"""


def test_the_dockerfile_is_what_snakemake_writes(checkout, monkeypatch):
    """An image of other environments would pass for that of these. No conda is needed: a script answers for it."""
    folder = checkout("run")
    script = folder / "conda/conda"
    script.parent.mkdir()
    script.write_text(CONDA, encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(script.parent), prepend=os.pathsep)
    written = snakemake(folder, "--containerize")
    assert written.returncode == 0, written.stderr
    tracked = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert tracked == written.stdout, "envs/ was changed: snakemake --containerize > Dockerfile, which needs conda"


def test_results_readme_tells_of_every_folder(rules):
    """Who opens results/ before or after a run learns there what each folder holds."""
    told = (ROOT / "results/README.md").read_text(encoding="utf-8")
    made = {Path(str(path)).parts for rule in rules for path in rule.output}
    folders = {parts[1] for parts in made if parts[0] == "results" and len(parts) > 2}
    assert len(folders) > 10
    assert {folder for folder in folders if f"`{folder}/" not in told} == set()


def locked(name):
    """The distributions of a lock with their versions, and the hashes of each."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.findall(r"^([\w.-]+)==(\S+)((?:.*\\\n)+.*)$", text, re.M)
    assert len(entries) == len(re.findall(r"^[\w.-]+==", text, re.M))
    return {package: (version, re.findall("--hash=sha256:[0-9a-f]{64}", rest)) for package, version, rest in entries}


def test_the_locks_agree_and_a_run_needs_no_tool_of_developers():
    """Every distribution has hashes, also those that build and install the others."""
    run, develop, build = (locked(f"requirements{which}.lock") for which in ("", "-dev", "-build"))
    assert all(hashes for lock in (run, develop, build) for _, hashes in lock.values())
    assert {"pip", "setuptools"} <= set(build)
    assert not set(run) & {"pytest", "hypothesis", "mypy", "ruff", "snakefmt", "pip", "setuptools"}
    assert {"pytest", "hypothesis", "mypy", "ruff", "snakefmt"} <= set(develop)
    assert {package: develop[package] for package in set(run) & set(develop)} == {
        package: run[package] for package in set(run) & set(develop)
    }


def test_one_package_alone_is_built_and_the_rest_are_wheels():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--require-hashes --only-binary :all:" in makefile
    assert re.findall(r"--no-binary (\S+)", makefile) == ["connection-pool"]
    assert "--no-build-isolation" in makefile  # else pip fetches a setuptools of its own to build it
