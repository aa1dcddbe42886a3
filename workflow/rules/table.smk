"""Table."""

rule table:
    input: expand(rules.exponents.output, experiment=RESOLVED["experiments"])
    output: "results/table/table.csv"
    shell: "touch {output}"
