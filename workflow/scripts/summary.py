"""What a run says at its end, said again. No job: it makes no result, and leaves no record."""

import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, snakemake.scriptdir)
from duality.config.excerpt import excerpt
from duality.provenance.closing import closing
from duality.provenance.code import code_digest

resolved, log = snakemake.params.resolved, Path(str(snakemake.log))
at, code = partial(excerpt, resolved), partial(code_digest, snakemake.scriptdir)
folder = log.parents[1]  # a module's prefix stands before logs/
titles = {key: experiment["title"] for key, experiment in resolved["experiments"].items()}
told = closing(titles, at, code, folder, called=Path(snakemake.params.called))
log.write_text(told.text, encoding="utf-8")
sys.stdout.reconfigure(errors="backslashreplace")  # what the locale has no letter for
print(told.text)
sys.exit(1 if told.failed else 0)
