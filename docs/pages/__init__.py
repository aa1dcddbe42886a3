"""Pages of the docs that are generated, at every build, from what the repository has: nothing in them is typed twice.

They are written to docs/generated: the reference of the config from its schema, the ledger from claims.yaml and the
verdicts of reference/, the theory from its page there with the formulas drawn, the library's modules, and the files of
the root that are pages too.
"""

import posixpath
from pathlib import Path
from typing import Any

from pygments.lexers.python import PythonLexer

from duality.config.reading import load_schema, load_yaml
from duality.config.resolution import resolve
from duality.records.claims import LEDGER
from pages.configuration import configuration
from pages.ledger import ledger
from pages.library import api, escape_docstring
from pages.links import COPIED, ROOT, read_included, read_source, relinked
from pages.theory import compositions, theory

REFERENCE = ROOT / "reference/run"


def write(folder: Path) -> None:
    """Write all generated pages into a folder, and take away what is no longer one of them."""
    schema = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
    config = load_yaml(ROOT / "config.yaml")
    made = {
        "configuration": configuration(schema, config),
        "ledger": ledger(
            load_yaml(ROOT / "claims.yaml"),
            LEDGER.read(REFERENCE / "claims/ledger.csv"),
            {name: experiment["title"] for name, experiment in resolve(config, schema)["experiments"].items()},
        ),
        "theory": theory((REFERENCE / "theory/theory.md").read_text(encoding="utf-8"), compositions(schema, config)),
        **{
            page: relinked((ROOT / file).read_text(encoding="utf-8"), posixpath.dirname(file), "docs/generated")
            for page, file in COPIED.items()
        },
        **api(ROOT / "workflow/scripts/duality"),
    }
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).with_suffix("").as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:  # what is as it was is not read again
            path.write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Before napoleon, which reads the sections of docstrings."""
    app.connect("autodoc-process-docstring", escape_docstring, priority=400)
    app.connect("source-read", read_source)
    app.connect("include-read", read_included)
    app.add_lexer("snakemake", PythonLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
