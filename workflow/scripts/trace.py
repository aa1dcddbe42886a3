from job import job

with job(snakemake) as s:
    import json

    import numpy as np

    from duality.drawing import save
    from duality.traces import trace

    with open(s.input.equilibrium, encoding="utf-8") as file:
        equilibrium = json.load(file)
    with np.load(s.input.trajectory) as t:
        save(trace(t["steps"], t["w"], t["b"], int(t["kept"]), equilibrium, s.params.title), s.output)
