from job import job

with job(snakemake) as s:
    from functools import partial

    from duality.config.sweeps import OF_A_POINT, resolved_point
    from duality.dataset.density import classes_of, densities
    from duality.dataset.model import Model
    from duality.formulas.compose import compose
    from duality.gallery.measurement import Verdicts, measure_entry, of_entry
    from duality.random_streams import generator
    from duality.records.gallery import GALLERY, GALLERY_CURVES

    parts, entry = {part: s.params[part] for part in OF_A_POINT}, s.wildcards.entry
    point = resolved_point(parts)
    model = Model(compose(**point["composition"]), densities(point["classes"]))
    random = partial(generator, point["seed"], "gallery", entry)
    found = measure_entry(model, classes_of(point["classes"]), point, Verdicts(**s.params.verdicts), random, print)
    rows, curves = of_entry(entry, point["names"], *found)
    GALLERY.write(rows, s.output.csv)
    GALLERY_CURVES.write(curves, s.output.curves)
