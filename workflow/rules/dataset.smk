"""Dataset: samples of x1 for every class in shards (Eqs. 8.2-8.3), and the class-mixed stream that training reads."""

CLASSES = list(RESOLVED["classes"])
SHARDS = range(RESOLVED["dataset"]["shards"])
CLASS_FILES = [description["file"] for description in RESOLVED["classes"].values() if "file" in description]


wildcard_constraints:
    class_name="|".join(CLASSES),
    shard=r"\d+",


rule dataset:
    input:
        file=lookup(dpath="classes/{class_name}/file", within=RESOLVED, default=[]),
    output:
        x1="results/dataset/{class_name}/{shard}.npy",
        summary="results/dataset/{class_name}/{shard}.csv",
    log:
        "logs/dataset/{class_name}/{shard}.log",
    benchmark:
        "benchmarks/dataset/{class_name}/{shard}.tsv"
    conda:
        "../../envs/dataset.yaml"
    params:
        # Only a file is divided among the shards: more shards leave those of a distribution as they are.
        settings=lookup(dpath="classes/{class_name}", within=RESOLVED),
        seed=RESOLVED["seed"],
        samples=RESOLVED["dataset"]["samples_per_shard"],
        code=code("dataset"),
    message:
        "Drawing shard {wildcards.shard} of the class '{wildcards.class_name}'"
    script:
        "../scripts/dataset.py"


rule stream:
    input:
        **{
            f"x1_of_{name}": expand(
                rules.dataset.output.x1, class_name=name, shard=range(RESOLVED["dataset"]["training_shards"])
            )
            for name in CLASSES
        },
    output:
        x1="results/dataset/stream/x1.npy",
        label="results/dataset/stream/label.npy",
    log:
        "logs/dataset/stream.log",
    benchmark:
        "benchmarks/dataset/stream.tsv"
    conda:
        "../../envs/dataset.yaml"
    params:
        classes=CLASSES,
        seed=RESOLVED["seed"],
        code=code("stream"),
    message:
        "Mixing the classes, equally likely and in random order, into the stream that training reads"
    script:
        "../scripts/stream.py"
