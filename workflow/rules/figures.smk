"""Figures: the nine of the paper, a trace plot of every training, and an overview."""

FORMATS = ["pdf", "svg", "png"]


rule figure:
    message:
        "Drawing {wildcards.figure}: fluctuations, Jacobian, duality density and power law"
    input:
        curves=lambda wildcards: f"results/jacobian/{RESOLVED['figures'][wildcards.figure]['experiment']}/curves.csv",
    output:
        "results/figures/{figure}.csv",
    shell:
        "touch {output}"
