from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.figures.gallery import caption, figure
    from duality.figures.style import save
    from duality.records.gallery import GALLERY, GALLERY_CURVES

    table, curves = GALLERY.read(s.input.csv), GALLERY_CURVES.read(s.input.curves)
    save(figure(table, curves), s.output.pictures)
    Path(s.output.caption).write_text(caption(table), encoding="utf-8")
