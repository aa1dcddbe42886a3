from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.claims.choices import choices
    from duality.claims.documents import markdown
    from duality.claims.ledger import ledger, load_claims
    from duality.claims.results import ExperimentResults, GuardResults, Results
    from duality.config.reading import load_schema
    from duality.config.settings import ClaimSettings
    from duality.records.claims import CHOICES, LEDGER
    from duality.records.record import complete_and_failed, convert

    i, p = s.input, s.params
    files = (i.equilibria, i.exponents, i.jumps, i.distances, i.rivals, i.sensitivities)
    experiments, _ = complete_and_failed(ExperimentResults.read, p.experiments, *files)
    guard = GuardResults.read(p.guard_experiment, i.guarded, i.unguarded) if i.guarded else None
    rules = convert(p.rules, ClaimSettings, "claims")
    samples = dict(zip(p.experiments, i.samples, strict=True))
    results = Results.read(i.derivations, samples, experiments, guard, rules, 1 / (p.bootstrap + 1))
    repository = Path(s.scriptdir).resolve().parents[1]
    claims = load_claims(repository / "claims.yaml", load_schema(repository / "workflow/schemas/claims.schema.yaml"))
    table, by_choice = ledger(claims, results), choices(claims, results, p.much_less_than)
    LEDGER.write(table, s.output.csv)
    CHOICES.write(by_choice, s.output.choices)
    Path(s.output.md).write_text(markdown(table, by_choice, p.titles), encoding="utf-8")
