from job import job

with job(snakemake) as s:
    import numpy as np

    from duality.fluctuations.extraction import extract
    from duality.formulas.compose import compose
    from duality.records import FLUCTUATION_COUNTS, HISTOGRAM, Equilibrium, Head, read

    frozen = read(s.input.equilibrium, Equilibrium).frozen(s.params.gamma)
    samples = {name: np.load(s.input[f"x1_of_{name}"]) for name in s.params.classes}
    found = extract(compose(**s.params.composition), samples, frozen)
    HISTOGRAM.write(found.histogram, s.output.histogram)
    FLUCTUATION_COUNTS.write(found.counts, s.output.counts)
    Head(found.head).write(s.output.head)
