"""Pages of the docs that are generated, at every build, from what the repository has: nothing in them is typed twice.

They are written to docs/generated: the reference of the config from its schema, the ledger from claims.yaml and the
verdicts of reference/, the theory from its page there with the formulas drawn, the library's modules, and the files of
the root that are pages too.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import sympy as sp
import yaml
from pygments.lexers.python import PythonLexer

from duality.claims.documents import counts, titled
from duality.config.reading import load_schema, load_yaml
from duality.config.resolution import resolve
from duality.conventions import PAPER
from duality.formulas.compose import compose
from duality.formulas.composition import map_pieces
from duality.formulas.notation import formulas
from duality.formulas.parsing import parse_expression
from duality.markup import markdown, text_table
from duality.records.claims import LEDGER
from duality.records.estimates import Estimate
from duality.rounding import rounded
from duality.theory.page import laws

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "reference/run"
LIBRARY = ROOT / "workflow/scripts/duality"
# Files elsewhere that are pages of the site too, by the name of the page.
COPIED = {
    "contributing": "CONTRIBUTING.md",
    "security": "SECURITY.md",
    "changelog": "CHANGELOG.md",
    "results": "results/README.md",
}
# Files that a page shows better: who reads the sources follows a link to them, who reads the site comes to the page.
SHOWN = {
    "configuration": "workflow/schemas/config.schema.yaml",
    "ledger": "reference/run/claims/ledger.md",
    "theory": "reference/run/theory/theory.md",
}
PAGE_OF = {file: f"docs/generated/{page}.md" for page, file in (COPIED | SHOWN).items()}
SECTIONS = {
    "equation": "Equations of section {}",
    "figure": "Figures",
    "table": "The table of section 10",
    "sentence": "Quantitative sentences of section {}",
    "ours": "Laws of our own",
}


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
        **api(),
    }
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).with_suffix("").as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:  # what is as it was is not read again
            path.write_text(text, encoding="utf-8")


# The configuration


def configuration(schema: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Every key of the config: type, what it is and what is allowed, whether it must be there, and what is shipped.

    Parameters
    ----------
    schema : mapping
        workflow/schemas/config.schema.yaml.
    config : mapping
        The config that is shipped: it is complete, so that its values are the defaults of every overlay.
    """
    parts = [
        "# Configuration reference",
        "Every key of the config, from `workflow/schemas/config.schema.yaml`. There are no hidden defaults: a value "
        "that an overlay does not give is that of `config.yaml`, which stands here as *shipped*. A name between angle "
        "brackets is yours to choose. What is not allowed is told in one line with the key, before any job starts.",
    ]
    for key, about in schema["properties"].items():
        must = "must be there" if key in schema["required"] else "may be left out"
        parts += [f"## {key}", f"*{_type(_resolved(about, schema)).capitalize()}, {must}* — {_description(about)}."]
        parts += [_entry(path, *found) for path, *found in _keys(key, about, schema, config.get(key))]
    return "\n\n".join(parts) + "\n"


def _keys(
    path: str, about: Mapping[str, Any], schema: Mapping[str, Any], values: Any
) -> Iterator[tuple[str, Mapping[str, Any], bool, Any]]:
    """All keys below a place: path, schema, whether they must be there, and what is shipped."""
    about = _resolved(about, schema)
    for key, below in about.get("properties", {}).items():
        found = _below(values, key)
        below = _resolved(below, schema)
        yield f"{path}.{key}", below, key in about.get("required", []), found
        yield from _keys(f"{path}.{key}", below, schema, found)
    named = about.get("additionalProperties")
    if isinstance(named, Mapping):
        name = {"experiments": "experiment", "classes": "class", "activations": "activation", "losses": "loss"}
        place = f"{path}.<{name.get(path.rpartition('.')[2], 'name')}>"
        found = Several(values) if isinstance(values, Mapping) and not isinstance(values, Several) else None
        yield place, _resolved(named, schema), False, None
        yield from _keys(place, named, schema, found)


class Several(dict):  # type: ignore[type-arg]
    """What is shipped at one key of several things, by their names."""


def _below(values: Any, key: str) -> Any:
    if isinstance(values, Several):
        found = Several(
            {name: value[key] for name, value in values.items() if isinstance(value, Mapping) and key in value}
        )
        return found or None
    return values.get(key) if isinstance(values, Mapping) else None


def _entry(path: str, about: Mapping[str, Any], required: bool, shipped: Any) -> str:
    """A key as an entry of a list of definitions, with an anchor."""
    optional = "" if path.endswith(">") else ", must be there" if required else ", may be left out"
    lines = [f"[`{path}`]{{#{_anchor(path)}}}", f": *{_type(about)}{optional}* — {_description(about)}."]
    if (value := _shipped(shipped)) is not None:
        lines.append(f"\n  Shipped: {value}.")
    return "\n".join(lines)


def _anchor(name: str) -> str:
    """As docutils would make it of any name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _shipped(value: Any) -> str | None:
    """A value of config.yaml as YAML in one line; None if it is a mapping, whose keys have entries of their own."""
    if isinstance(value, Several):
        if any(isinstance(one, Mapping) for one in value.values()) or not value:
            return None
        each = {name: _flow(one) for name, one in value.items()}
        if len(set(each.values())) == 1 and len(each) > 1:
            return f"`{next(iter(each.values()))}` of all"
        return ", ".join(f"{name} `{one}`" for name, one in each.items() if len(one) < 80) or None
    return None if value is None or isinstance(value, Mapping) else f"`{_flow(value)}`"


def _flow(value: Any) -> str:
    return (
        yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True).removesuffix("\n...\n").strip()
    )


def _type(about: Mapping[str, Any]) -> str:
    """The type that a schema asks for, in words; of a list that of its items too."""
    if "enum" in about:
        return "one of " + ", ".join(f"`{one}`" for one in about["enum"])
    if "oneOf" in about:
        return " or ".join(_type(one) for one in about["oneOf"])
    given = about["type"]
    words = {"object": "mapping", "array": "list", "string": "text"}
    return " or ".join(words.get(one, one) for one in ([given] if isinstance(given, str) else given))


def _description(about: Mapping[str, Any]) -> str:
    return markdown(" ".join(str(about["description"]).split()))


def _resolved(about: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with what it refers to; its own words count before those."""
    if "$ref" not in about:
        return about
    found: Any = schema
    for part in about["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return {**_resolved(found, schema), **{key: value for key, value in about.items() if key != "$ref"}}


# The ledger


def ledger(claims: list[Mapping[str, Any]], verdicts: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Every claim of the paper, in its words as claims.yaml has them, with the verdict of the run in reference/.

    Parameters
    ----------
    claims : list of mapping
        claims.yaml.
    verdicts : DataFrame
        `records.claims.LEDGER`.
    titles : mapping
        By the keys of experiments, what people call them.
    """
    rows = verdicts.set_index("id")
    parts = [
        "# The ledger of claims",
        "Every numbered equation, figure, table entry and quantitative sentence of the paper, with what was found of "
        "it. The verdicts are those of the run that the repository vouches for; a run of your own writes its ledger to "
        "`results/claims`. How verdicts are reached, and what they amount to: [the paper, judged](../findings.md).",
        text_table(counts(verdicts)),
    ]
    heading = ""
    for claim in claims:
        row = rows.loc[claim["id"]]
        title = SECTIONS[claim["kind"]].format(claim["section"])
        if title != heading:
            parts.append(f"## {title}")
            heading = title
        fault = f", {row['fault']}" if _told(row["fault"]) else ""
        entry = [
            f"[**{claim['id']}**]{{#claim-{_anchor(claim['id'])}}} — {row['verdict']}{fault}",
            f": {_typeset(claim['paraphrase'])}",
        ]
        evidence = titled(row["evidence"], titles)
        for label, text in (("Right form", row["right_form"]), ("Evidence", evidence), ("", claim.get("note"))):
            if _told(text):
                entry.append(f"\n  {f'*{label}:* ' if label else ''}{_typeset(text)}")
        parts.append("\n".join(entry))
    return "\n\n".join(parts) + "\n"


def _told(text: Any) -> bool:
    return isinstance(text, str) and text != ""


def _typeset(text: str) -> str:
    """Plain text as Markdown, its formulas as MathML."""
    # Entities: no sign within a formula may end a cell or start a markup.
    drawn = str(formulas(" ".join(text.split())))
    return re.sub(r"[\\`*|\[\]~$_]", lambda sign: f"&#{ord(sign[0])};", drawn)


# The theory


def compositions(schema: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, dict[str, sp.Expr]]:
    """By titles of experiments: the activation f(y), and per class the composition H(y) and its derivative h(y)."""
    found = {}
    for experiment in resolve(config, schema)["experiments"].values():
        composed, title = compose(**experiment["composition"]), experiment["title"]
        found[title] = {"f": composed.f}
        for symbol, order in (("H", 0), ("h", 1)):
            of = zip(config["classes"], composed.derivative(order), strict=True)
            found[title] |= {rf"{symbol}_\text{{{label}}}": formula for label, formula in of}
    return found


def theory(page: str, composed: Mapping[str, Mapping[str, sp.Expr]]) -> str:
    """The page that the stage theory wrote, its formulas drawn, and those of every composition before its regimes.

    Parameters
    ----------
    page : str
        reference/run/theory/theory.md.
    composed : mapping
        As `compositions` gives it.

    Raises
    ------
    ValueError
        The page is not built as this function expects it.
    """
    text, _, derivations = page.partition("## The paper's derivations")
    for case, *equations in laws():
        spelled = re.search(rf"^{re.escape(case)}:\n\n(```\n.*?\n```)$", text, re.M | re.S)
        if not spelled:
            raise ValueError(f"theory.md has no law for {case}")
        text = text.replace(spelled[1], _drawn(map(_latex, equations)))
    for name, own in composed.items():
        heading = f"\n### {name}\n"
        if heading not in text:
            raise ValueError(f"theory.md has no regimes of {name}")
        drawn = _drawn(f"{symbol}(y) = {_latex(formula)}" for symbol, formula in own.items())
        text = text.replace(heading, f"{heading}\n{drawn}\n")
    counted = re.search(r"^\d+ equations and statements: .*$", derivations, re.M)
    if not counted:
        raise ValueError("theory.md does not count the derivations")
    text += (
        f"## The paper's derivations\n\n{counted[0]} [The ledger](ledger.md) has each of them, with its evidence "
        "and, where it is corrected, its right form.\n"
    )
    return "\n\n".join(_with_formulas(block) for block in text.split("\n\n"))


def _with_formulas(block: str) -> str:
    """A paragraph or a table of Markdown, its plain notation as MathML; headings and displayed formulas as they are."""
    if block.startswith(("#", "$$")):
        return block
    if not block.startswith("|"):
        return _inline(" ".join(block.split()))
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()]
    cells = [[cell if set(cell) <= {"-", ":"} else f" {_inline(cell.strip())} " for cell in row] for row in rows]
    return "\n".join(f"|{'|'.join(row)}|" for row in cells)


def _inline(text: str) -> str:
    """Markdown without any markup but escapes, its plain notation as MathML within it."""
    return _typeset(re.sub(r"\\([\\`*|<\[~$&_])", r"\1", text))


def _drawn(formulas: Iterable[str]) -> str:
    return "\n\n".join(f"$$\n{formula}\n$$" for formula in formulas)


def _latex(formula: sp.Basic) -> str:
    return sp.latex(map_pieces(formula, sp.simplify) if isinstance(formula, sp.Expr) else formula, ln_notation=True)


# The library


def api() -> dict[str, str]:
    """A page for every package of the library, and one for the modules beside them; each tells its public names."""
    packages: dict[str, list[str]] = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
        if parts[-1] != "__init__":
            packages.setdefault(parts[1] if len(parts) > 2 else "duality", []).append(".".join(parts))
    pages = {}
    for package, modules in packages.items():
        title = "duality: what all packages use" if package == "duality" else f"duality.{package}"
        directive = "```{{eval-rst}}\n.. automodule:: {0}\n   :members:\n```"
        parts = [f"# {title}", *(f"## {module}\n\n" + directive.format(module) for module in modules)]
        pages[f"api/{package}"] = "\n\n".join(parts) + "\n"
    listed = "\n".join(sorted(packages, key=lambda name: (name != "duality", name)))
    pages["api/index"] = (
        "# The library\n\nThe scripts of the rules call this library, and nothing in it knows Snakemake: files come in "
        "as paths, parameters as values. In Python it is found with `workflow/scripts` on the path.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    )
    return pages


def escape_docstring(_app: Any, _what: str, _name: str, _of: Any, _options: Any, lines: list[str]) -> None:
    """Docstrings are plain text with numpydoc's sections: |q̇|, 2*k and `names` are no markup of reStructuredText."""
    for number, line in enumerate(lines):
        literal = re.split(r"(`[^`]+`)", line)
        literal[::2] = [re.sub(r"[\\*|]|(?<=\w)_(?!\w)", r"\\\g<0>", text) for text in literal[::2]]
        literal[1::2] = [f"`{name}`" for name in literal[1::2]]
        lines[number] = "".join(literal)


# Links


def relinked(text: str, here: str, there: str) -> str:
    """Markdown of one folder as a page of another: its links lead from there, and to pages where there are some.

    Parameters
    ----------
    text : str
    here, there : str
        Folders, as seen from the root of the repository.
    """

    def moved(link: re.Match[str]) -> str:
        words, (target, _, anchor) = link[1], link[2].partition("#")
        if "://" in target or not target:
            return link[0]
        path = posixpath.normpath(posixpath.join(here, target))
        if (ROOT / path).is_dir():
            return words  # is no page, and nothing to download
        to = posixpath.relpath(PAGE_OF.get(path, path), there or ".")
        return f"[{words}]({to}{'#' if anchor else ''}{anchor})"

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", moved, text)


def read_source(_app: Any, page: str, text: list[str]) -> None:
    """The pages that are no generated ones link to files, so that they can be read without the site."""
    if not page.startswith("generated/"):
        text[0] = relinked(text[0], "docs", "docs")


def read_included(_app: Any, _file: Path, _page: str, text: list[str]) -> None:
    """README on the first page."""
    text[0] = relinked(text[0], "", "docs")


# The first screen of README


def predicted_and_measured(config: Mapping[str, Any]) -> str:
    """The paper's compositions, with k_b and k_q as predicted and as measured, both of the run in reference/.

    Each has a row of its own: where a cell has no room its text can break, and is still beside what it belongs to.
    """
    table = pd.read_csv(REFERENCE / "table/exponents.csv")
    table = table[table["window"] == PAPER]
    rows = []
    for name, prediction in config["predictions"].items():
        experiments = {key: about for key, about in config["experiments"].items() if about.get("prediction") == name}
        formula = sp.latex(parse_expression(prediction["H"], ["y", "c1", "c2", "c3", "c4"]))
        for key, about in experiments.items():
            called = [
                config[kind][about[one]].get("name", about[one])
                for kind, one in (("activations", "activation"), ("losses", "loss"))
            ]
            row = {"H(y)": f"${formula}$", "activation, loss": ", ".join(called)}
            for exponent in ("k_b", "k_q"):
                found = table[(table["experiment"] == key) & (table["exponent"] == exponent)]
                row[f"${exponent}$ predicted"] = "/".join(dict.fromkeys(found["predicted"].astype(str)))
                row[f"${exponent}$ measured"] = "; ".join(
                    rounded(Estimate.normal(k, se), "short")
                    for k, se in zip(found["k_corrected"], found["k_corrected_se"], strict=True)
                )
            rows.append(row)
    return text_table(pd.DataFrame(rows), index=False, disable_numparse=True)


def setup(app: Any) -> dict[str, bool]:
    """Before napoleon, which reads the sections of docstrings."""
    app.connect("autodoc-process-docstring", escape_docstring, priority=400)
    app.connect("source-read", read_source)
    app.connect("include-read", read_included)
    app.add_lexer("snakemake", PythonLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
