"""Fluctuations: the jumps q̇, ẇ, ḃ that every sample would cause at the frozen equilibrium (Sec. 8)."""


rule fluctuations:
    input:
        **{f"x1_of_{name}": expand(rules.dataset.output.x1, class_name=name, allow_missing=True)[0] for name in CLASSES},
        equilibrium=rules.training.output.equilibrium,
    output:
        histogram="results/fluctuations/{experiment}/{shard}.histogram.npz",
        counts="results/fluctuations/{experiment}/{shard}.counts.csv",
        head="results/fluctuations/{experiment}/{shard}.head.npz",
    log:
        "logs/fluctuations/{experiment}/{shard}.log",
    benchmark:
        "benchmarks/fluctuations/{experiment}/{shard}.tsv"
    conda:
        "../../envs/fluctuations.yaml"
    params:
        **settings(
            composition="experiments/{experiment}/composition",
            gamma="experiments/{experiment}/training/gamma",
            classes="classes/*",
        ),
        code=code("fluctuations"),
    message:
        "Extracting the fluctuations of {wildcards.experiment} from shard {wildcards.shard}"
    script:
        "../scripts/fluctuations.py"
