from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.gallery.documents import page
    from duality.records.gallery import GALLERY, GALLERY_CURVES

    table = pd.concat([GALLERY.read(path) for path in s.input.rows], ignore_index=True)
    curves = pd.concat([GALLERY_CURVES.read(path) for path in s.input.curves], ignore_index=True)
    GALLERY.write(table, s.output.csv)
    GALLERY_CURVES.write(curves, s.output.curves)
    Path(s.output.md).write_text(page(table), encoding="utf-8")
