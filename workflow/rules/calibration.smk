"""Calibration: intervals and p-values of the power-law fits, on simulated data whose exponent is known."""


rule calibration:
    output:
        coverage="results/calibration/coverage.csv",
        p_values="results/calibration/p_values.csv",
    log:
        "logs/calibration.log",
    benchmark:
        "benchmarks/calibration.tsv"
    conda:
        "../../envs/calibration.yaml"
    params:
        **settings(settings="calibration", seed="seed"),
        code=code("calibration"),
    message:
        "Calibrating the intervals and tests of the power-law fits on simulated data"
    script:
        "../scripts/calibration.py"
