"""Calibration: intervals and p-values of the power-law fits, on simulated data whose exponent is known."""


rule calibration:
    output:
        coverage="results/calibration/coverage.csv",
        p_values="results/calibration/p_values.csv",
        pictures=report(
            multiext("results/figures/calibration", *(f".{ending}" for ending in FORMATS)),
            caption="../report/calibration.rst",
            category="Supplementary figures",
        ),
        caption="results/figures/calibration.txt",
    log:
        "logs/calibration.log",
    benchmark:
        "benchmarks/calibration.tsv"
    conda:
        "../../envs/calibration.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        seed=RESOLVED["seed"],
        code=code("calibration"),
    message:
        "Calibrating the intervals and tests of the power-law fits on simulated data"
    script:
        "../scripts/calibration.py"
