"""What `python audit results` says, with the config of this run. No job: it makes no result, and leaves no record."""

import json
import subprocess
import sys
from pathlib import Path

repository, log = Path(snakemake.scriptdir).resolve().parents[1], Path(str(snakemake.log))
results = log.parents[1] / "results"  # a module's prefix stands before both
command = [sys.executable, repository / "audit", results, "--config", "-", "--directory", "."]
command += ["--html", results / "audit.html"]
told = subprocess.run(command, input=json.dumps(snakemake.params.resolved), text=True, stdout=subprocess.PIPE)
log.write_text(told.stdout, encoding="utf-8")
print(told.stdout, end="")
sys.exit(told.returncode)
