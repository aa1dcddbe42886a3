from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    import numpy as np

    from duality.figures.style import save
    from duality.figures.traces import trace

    formats = len(s.output.pictures) // len(s.params.experiments)
    for number, experiment in enumerate(s.params.experiments):
        equilibrium = json.loads(Path(s.input.equilibria[number]).read_text(encoding="utf-8"))
        with np.load(s.input.trajectories[number]) as t:
            figure = trace(t["steps"], t["w"], t["b"], int(t["kept"]), equilibrium, experiment)
        save(figure, s.output.pictures[number * formats : (number + 1) * formats])
