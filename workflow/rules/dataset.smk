"""Dataset: the samples of x1 that training sees, for every class in shards (Eqs. 8.2-8.3), and their mixed stream.

Other shards are drawn where they are used, and stored nowhere.
"""

SAMPLE = "results/dataset/{class_name}/sample.npy"
# The file of a class is read once, by the rule `sample`; all others read what that makes.
# An NPY file has no column to name; its record has, as the place of one, what a config would have there.
RESOLVED["files"] = {name: {"column": None, **about} for name, about in RESOLVED["classes"].items() if "file" in about}
RESOLVED["classes"] |= {
    name: {**about, "file": SAMPLE.format(class_name=name), "column": None} for name, about in RESOLVED["files"].items()
}
CLASSES = RESOLVED["classes"]
CLASS_FILES = [CLASSES[name]["file"] for name in RESOLVED["files"]]


wildcard_constraints:
    class_name="|".join(CLASSES),
    shard=r"\d+",


rule sample:
    input:
        file=local(lookup(dpath="files/{class_name}/file", within=RESOLVED)),  # where the config says, whatever the prefix
    output:
        x1=SAMPLE,
    log:
        "logs/dataset/{class_name}/sample.log",
    benchmark:
        "benchmarks/dataset/{class_name}/sample.tsv"
    conda:
        "../../envs/dataset.yaml"
    params:
        **settings(column="files/{class_name}/column"),
        code=code("sample"),
    message:
        "Reading the file of the class '{wildcards.class_name}'"
    script:
        "../scripts/sample.py"


rule dataset:
    input:
        file=lookup(dpath="{class_name}/file", within=CLASSES, default=[]),
    output:
        x1="results/dataset/{class_name}/{shard}.npy",
    log:
        "logs/dataset/{class_name}/{shard}.log",
    benchmark:
        "benchmarks/dataset/{class_name}/{shard}.tsv"
    conda:
        "../../envs/dataset.yaml"
    params:
        # Only a file is divided among the shards: more shards leave those of a distribution as they are.
        **settings(settings="classes/{class_name}", seed="seed", samples="dataset/samples_per_shard"),
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
        **settings(classes="classes/*", seed="seed", shards="dataset/training_shards"),
        code=code("stream"),
    message:
        "Mixing the classes, equally likely and in random order, into the stream that training reads"
    script:
        "../scripts/stream.py"
