"""What it costs that jobs compare their inputs with the digests of those who made them: a share of a run's time.

To be run after `make reproduce`, whose records and run times it reads: python benchmark/digests.py
"""

import csv
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

import PIL.Image  # noqa: E402, F401  (as who makes pictures has it)

from duality.provenance.job_records import checked_digests, described  # noqa: E402  (found by the line above)

records = [json.loads(path.read_text(encoding="utf-8")) for path in Path("results/provenance").rglob("*.json")]
if not records:
    sys.exit("there is no run here: make reproduce")
started = time.process_time()
for record in records:
    checked_digests(record["inputs"])
    for output in record["outputs"]:
        described(output)
spent = time.process_time() - started
run = 0.0
for path in Path("benchmarks").rglob("*.tsv"):
    with open(path, encoding="utf-8") as file:
        run += sum(float(row["cpu_time"]) for row in csv.DictReader(file, delimiter="\t"))
read = sum(Path(name).stat().st_size for record in records for name in [*record["inputs"], *record["outputs"]])
print(f"{len(records)} jobs: {read / 1e6:.0f} MB digested in {spent:.2f} s; they took {run:.0f} s: {spent / run:.2%}")
