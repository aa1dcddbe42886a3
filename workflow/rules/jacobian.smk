"""Jacobian: dq̇/dx1 of the map from data to parameter changes, the duality density and the windows (Eqs. 5.3-5.4)."""

WINDOWS = "statistics/much_less_than,tail,tolerance,grid"


rule jacobian:
    input:
        equilibrium=rules.training.output.equilibrium,
        class_files=CLASS_FILES,
    output:
        curves="results/jacobian/{experiment}/curves.csv",
        windows="results/jacobian/{experiment}/windows.json",
    log:
        "logs/jacobian/{experiment}.log",
    benchmark:
        "benchmarks/jacobian/{experiment}.tsv"
    conda:
        "../../envs/jacobian.yaml"
    params:
        **settings(
            composition="experiments/{experiment}/composition",
            gamma="experiments/{experiment}/training/gamma",
            measured="experiments/{experiment}/classes",
            classes="classes",
            windows=WINDOWS,
        ),
        code=code("jacobian"),
    message:
        "Evaluating the Jacobian of {wildcards.experiment} and the windows of its power laws"
    script:
        "../scripts/jacobian.py"
