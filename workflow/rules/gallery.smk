"""Gallery: compositions that people use, their derived regimes beside measured exponents, a job per composition."""

ENTRIES = RESOLVED["gallery"]
# Here, too, a class's file is what the rule `sample` made of it.
for entry in ENTRIES.values():
    for name in RESOLVED["files"]:
        entry["classes"][name] |= {"file": CLASSES[name]["file"], "column": None}


wildcard_constraints:
    entry="|".join(ENTRIES) or "none",


rule gallery_entry:
    input:
        class_files=CLASS_FILES,
    output:
        csv="results/gallery/{entry}/regimes.csv",
        curves="results/gallery/{entry}/curves.csv",
    log:
        "logs/gallery/{entry}.log",
    benchmark:
        "benchmarks/gallery/{entry}.tsv"
    conda:
        "../../envs/gallery.yaml"
    resources:
        runtime=60,
    params:
        **settings(verdicts="claims/delta,decades", **{part: f"gallery/{{entry}}/{part}" for part in OF_A_POINT}),
        code=code("gallery_entry"),
    message:
        "Deriving the regimes of {wildcards.entry}, training it and measuring its exponents"
    script:
        "../scripts/gallery_entry.py"


rule gallery_table:
    input:
        rows=expand(rules.gallery_entry.output.csv, entry=ENTRIES),
        curves=expand(rules.gallery_entry.output.curves, entry=ENTRIES),
    output:
        csv="results/gallery/gallery.csv",
        curves="results/gallery/curves.csv",
        md="results/gallery/gallery.md",
    log:
        "logs/gallery.log",
    benchmark:
        "benchmarks/gallery.tsv"
    conda:
        "../../envs/gallery.yaml"
    params:
        code=code("gallery_table"),
    message:
        "Collecting the gallery"
    script:
        "../scripts/gallery_table.py"


rule gallery_figure:
    input:
        csv=rules.gallery_table.output.csv,
        curves=rules.gallery_table.output.curves,
    output:
        pictures=picture("results/figures/gallery", "Gallery", {"figure": "derived beside measured exponents"}),
        caption="results/figures/gallery.txt",
    log:
        "logs/figures/gallery.log",
    benchmark:
        "benchmarks/figures/gallery.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        code=code("gallery_figure"),
    message:
        "Drawing the gallery"
    script:
        "../scripts/gallery_figure.py"


rule gallery:
    input:
        rules.gallery_table.output,
        rules.gallery_figure.output,
    message:
        "The gallery is results/gallery/gallery.md, its picture is results/figures/gallery.png"
