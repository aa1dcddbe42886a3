"""The library: a page for every package, from its docstrings."""

import re
from pathlib import Path
from typing import Any


def api(library: Path) -> dict[str, str]:
    """A page for every package of the library, and one for the modules beside them; each tells its public names."""
    packages: dict[str, list[str]] = {}
    for path in sorted(library.rglob("*.py")):
        parts = path.relative_to(library.parent).with_suffix("").parts
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
