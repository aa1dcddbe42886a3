"""Fluctuations: the jumps q̇, ẇ, ḃ that every sample would cause at the frozen equilibrium (Sec. 8)."""


wildcard_constraints:
    batch=r"\d+-\d+",


rule fluctuation_sums:
    input:
        equilibrium=rules.training.output.equilibrium,
        class_files=CLASS_FILES,
    output:
        sums="results/fluctuations/{experiment}/{batch}.npz",
    log:
        "logs/fluctuations/{experiment}/{batch}.log",
    benchmark:
        "benchmarks/fluctuations/{experiment}/{batch}.tsv"
    conda:
        "../../envs/fluctuations.yaml"
    resources:
        runtime=60,
    params:
        **settings(
            composition="experiments/{experiment}/composition",
            gamma="experiments/{experiment}/training/gamma",
            classes="classes",
            samples="dataset/samples_per_shard",
            seed="seed",
        ),
        code=code("fluctuation_sums"),
    message:
        "Drawing the shards {wildcards.batch} and adding up their fluctuations for {wildcards.experiment}"
    script:
        "../scripts/fluctuation_sums.py"


rule fluctuations:
    input:
        **{
            f"x1_of_{name}": expand(
                rules.dataset.output.x1, class_name=name, shard=range(RESOLVED["dataset"]["training_shards"])
            )
            for name in CLASSES
        },
        equilibrium=rules.training.output.equilibrium,
        class_files=CLASS_FILES,
        sums=expand(rules.fluctuation_sums.output.sums, batch=RESOLVED["division"]["batches"], allow_missing=True),
    output:
        seen_histogram="results/fluctuations/{experiment}/seen.histogram.npz",
        unseen_histogram="results/fluctuations/{experiment}/unseen.histogram.npz",
        seen_counts="results/fluctuations/{experiment}/seen.counts.csv",
        unseen_counts="results/fluctuations/{experiment}/unseen.counts.csv",
        head="results/fluctuations/{experiment}/head.npz",
        samples="results/fluctuations/{experiment}/samples.csv",
    log:
        "logs/fluctuations/{experiment}.log",
    benchmark:
        "benchmarks/fluctuations/{experiment}.tsv"
    conda:
        "../../envs/fluctuations.yaml"
    params:
        **settings(
            composition="experiments/{experiment}/composition",
            gamma="experiments/{experiment}/training/gamma",
            classes="classes",
            samples="dataset/samples_per_shard",
            training_shards="dataset/training_shards",
            shards="dataset/shards",
            own="division/own",
            seed="seed",
        ),
        code=code("fluctuations"),
    message:
        "Adding up the fluctuations of {wildcards.experiment}, of samples that training saw and of others"
    script:
        "../scripts/fluctuations.py"
