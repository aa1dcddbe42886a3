"""If these fail, a cluster's profile says of the rules what does not hold, or forgets what the default one has."""

import contextlib
import dataclasses
import json
import runpy
import shutil
import subprocess

import pandas as pd
import pytest
import yaml
from conftest import ROOT, contents, snakemake
from snakemake.api import SnakemakeApi
from snakemake.settings.types import DAGSettings, GroupSettings, OutputSettings, Quietness, ResourceSettings

CLUSTERS = ("slurm", "cluster-generic")
RESOURCES = runpy.run_path(str(ROOT / "benchmark/resources.py"))
MOST_JOBS = 15  # of the scheduler, that the whole paper may be
COMPUTE_NOTHING = {
    "all",
    "figures",
    "realisations",
    "sweeps",
    "gallery",
    "audit",
    "summary",
    "manifest",
    "resolved_config",
    "theory",
}


def profile(name):
    return yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def workflow():
    with contextlib.chdir(ROOT), SnakemakeApi() as api:
        yield api.workflow(resource_settings=ResourceSettings(), snakefile=ROOT / "Snakefile")._workflow


def test_what_computes_nothing_is_no_job_of_the_scheduler(workflow):
    assert workflow._localrules == {rule for rule in COMPUTE_NOTHING if workflow.get_rule(rule).script}


def planned(folder, prefix=""):
    """What the scheduler gets of a workflow from nothing, and all jobs: Snakemake's own plan by profiles/slurm.

    The prefix stands before every rule of this workflow, in the profile too.
    """
    content, quiet = profile("slurm"), OutputSettings(dryrun=True, quiet={Quietness.ALL})
    groups, own = ({prefix + rule: said for rule, said in content[key].items()} for key in ("groups", "set-resources"))
    resources = dataclasses.replace(RESOURCES["settings"](content | {"set-resources": own}), cores=1)
    grouped = GroupSettings(overwrite_groups=groups, group_components=content["group-components"])
    with contextlib.chdir(folder), SnakemakeApi(quiet) as api:
        workflow = api.workflow(resources, snakefile=folder / "Snakefile")
        workflow.dag(DAGSettings(forceall=True)).execute_workflow(executor="dryrun", group_settings=grouped)
        found = list(workflow._workflow.dag.get_jobs_or_groups())
    nothing = {"all"} | {prefix + rule for rule in COMPUTE_NOTHING}
    submitted = [job for job in found if job.is_group() or job.rule.name not in nothing]
    return submitted, [part for job in found for part in (job.jobs if job.is_group() else [job])]


@pytest.mark.slow
def test_the_whole_paper_is_few_jobs_of_the_scheduler():
    """Counted in Snakemake's own plan, from nothing. A rule that is in no group is a job for each of its jobs."""
    submitted, jobs = planned(ROOT)
    assert len(jobs) > 50
    assert 1 < len(submitted) <= MOST_JOBS, "put a new rule into a group of the profiles"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("use", "prefix", "fits"),
    [
        ("use rule * from paper exclude all", "", True),
        ("use rule * from paper as paper_*", "paper_", True),
        ("use rule * from paper as paper_*", "", False),
    ],
)
def test_a_profile_is_for_the_names_that_rules_have(tmp_path, use, prefix, fits):
    """As docs/import.md says: an import keeps the names of the rules, or its profile has those that it gives them."""
    module = f'module paper:\n    snakefile: "{ROOT}/Snakefile"\n    config: {{}}\n    prefix: "paper"\n'
    own = 'rule all:\n    input: "paper/results/manifest.json"\n'
    (tmp_path / "Snakefile").write_text(f"{own}\n{module}\n{use}\n", encoding="utf-8")
    submitted, jobs = planned(tmp_path, prefix)
    assert (1 < len(submitted) <= MOST_JOBS) == fits
    asked = {job.resources["mem_mb"] for job in jobs if job.rule.name.endswith("jumps")}
    assert asked == {RESOURCES["asked"]("jumps")["mem_mb"] if fits else RESOURCES["default"]()["mem_mb"]}


@pytest.mark.parametrize("name", CLUSTERS)
def test_what_a_profile_says_is_of_rules_and_groups_that_there_are(workflow, name):
    content = profile(name)
    rules = {rule.name for rule in workflow.rules}
    assert set(content["set-resources"]) | set(content["groups"]) <= rules - COMPUTE_NOTHING
    assert set(content["group-components"]) <= set(content["groups"].values())
    for resources in (content["default-resources"], *content["set-resources"].values()):
        assert all(value.endswith(" * attempt") for value in resources.values()), "a retry must get more"


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_job_asks_for_what_the_profile_says_and_for_more_at_a_retry(workflow, name):
    """A `runtime` of the rule's own, its budget on a laptop, goes before the profile's default, and never grows."""
    path = ROOT / f"profiles/{name}/config.yaml"
    least = RESOURCES["default"](path)
    for rule in sorted({rule.name for rule in workflow.rules} - COMPUTE_NOTHING):
        first, second = (RESOURCES["asked"](rule, attempt, path) for attempt in (1, 2))
        assert second == {resource: 2 * value for resource, value in first.items()}, f"put {rule} into set-resources"
        assert all(first[resource] >= least[resource] for resource in least), rule


@pytest.mark.slow
def test_a_job_that_had_too_little_memory_is_done_again_with_more(finished, tmp_path):
    """As the profiles ask for it: `attempt` times what a rule needs, which here is too little at first."""
    folder, target = shutil.copytree(finished, tmp_path / "run"), "results/dataset/zeros/0.npy"
    (folder / target).unlink()
    retries = ("--retries", str(profile("slurm")["retries"]))
    result = snakemake(folder, "--cores", "1", *retries, "--set-resources", "dataset:mem_mb=60 * attempt", "--", target)
    assert "it needs more memory than its rule allows (mem_mb = 60)" in result.stderr
    assert result.returncode == 0, result.stderr
    assert contents(folder / "results") == contents(finished / "results")


def test_what_every_other_rule_needs_is_kept_and_asked_for(workflow):
    """Of the paper's rules a run of the tests tells it. `benchmark/resources.py --keep` measures a new one."""
    records = ROOT.glob("reference/run/provenance/**/*.json")
    of_the_paper = {json.loads(path.read_text(encoding="utf-8"))["rule"] for path in records}
    submitted = {rule.name for rule in workflow.rules if rule.script} - workflow._localrules
    table = RESOURCES["kept"]()
    assert set(table.index) == submitted - of_the_paper - {"sample"}  # which reads data of one's own
    assert RESOURCES["misjudged"](table) == []
    for factor in (0.2, 5):  # of the same jobs, had they needed less or more
        changed = RESOURCES["misjudged"](table * factor)
        assert {line.split(":")[0] for line in changed} >= {"sweep_point", "gallery_entry", "realisation"}


def test_a_run_only_raises_what_is_kept(tmp_path, monkeypatch):
    """It may have missed the most that a job needed, or have had few of the jobs."""
    monkeypatch.setitem(RESOURCES["keep"].__globals__, "KEPT", tmp_path / "resources.csv")
    row = {"jobs": 4, "mem_mb": 900.0, "runtime": 0.5}
    for jobs, memory, expected in ((4, 900, 900), (4, 800, 900), (1, 1000, 1000)):
        table = pd.DataFrame([row | {"jobs": jobs, "mem_mb": memory}], index=pd.Index(["sweep_point"], name="rule"))
        RESOURCES["keep"](table)
        assert RESOURCES["kept"]().loc["sweep_point"].to_dict() == row | {"mem_mb": expected}


def test_the_profiles_agree():
    """A profile replaces the default one: what must hold on a cluster too has to stand there again."""
    default, slurm, generic = map(profile, ("default", *CLUSTERS))
    for content in (slurm, generic):
        assert set(default) - set(content) == set()
        assert {key: content[key] for key in ("scheduler", "rerun-incomplete")} == {
            key: default[key] for key in ("scheduler", "rerun-incomplete")
        }
        assert set(content["default-resources"]) >= set(default["default-resources"])
    same = set(slurm) & set(generic) - {"executor", "cores"}
    assert same > {"groups", "group-components", "set-resources", "retries", "latency-wait", "keep-incomplete"}
    assert {key: slurm[key] for key in same} == {key: generic[key] for key in same}


@pytest.mark.slow
def test_a_mistyped_profile_is_none_at_all(tmp_path):
    """As docs/cluster.md warns: Snakemake says nothing of it, and goes on where it stands."""
    begin, target = "Using workflow specific profile", ("--directory", str(tmp_path), "-n", "results/config.yaml")
    right, wrong = (snakemake(ROOT, "--workflow-profile", name, *target) for name in ("slurm", "slrum"))
    assert right.stderr.startswith(f"{begin} profiles/slurm ")
    assert wrong.returncode == 0
    assert begin not in wrong.stderr


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("COMPLETED", "success"),
        ("PENDING", "running"),
        ("COMPLETING", "running"),
        ("CANCELLED", "failed"),
        ("NODE_FAIL", "failed"),
        ("slurm_load_jobs error: Invalid job id specified", "failed"),
        ("slurm_load_jobs error: Unable to contact slurm controller (connect failure)", "running"),
    ],
)
def test_the_status_of_a_job_is_one_of_three_words(tmp_path, told, status):
    squeue = tmp_path / "squeue"
    squeue.write_text(f"#!/bin/sh\necho '{told}' >&2\n", encoding="utf-8")
    squeue.chmod(0o755)
    command = [ROOT / "profiles/cluster-generic/status.sh", "17"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [status]
