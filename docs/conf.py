"""The docs as a site (`make docs`): Sphinx, MyST and furo. Neither build nor reader fetches anything from elsewhere."""

import sys
from pathlib import Path

import yaml

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS), str(ROOT / "workflow/scripts")]

import pages  # noqa: E402

cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
project = cited["title"]
author = ", ".join(
    person.get("name") or f"{person['given-names']} {person['family-names']}" for person in cited["authors"]
)
copyright = f"{cited['date-released'].year}, {author}. {cited['license']} licence"
version = release = cited["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "mathml", "pages"]
exclude_patterns = ["_build"]
# Each warning ends the build, but for this: a type such as Design, which three modules have, leads to one of them.
suppress_warnings = ["ref.python"]

myst_enable_extensions = ["dollarmath", "deflist", "attrs_inline"]
myst_heading_anchors = 4
myst_dmath_allow_labels = False
html_math_renderer = "mathml"

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "Dataset-learning duality, reproduced"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
html_show_search_summary = False  # the summaries would be fetched, which no browser does for files
html_domain_indices = False
html_last_updated_fmt = None
html_theme_options = {"top_of_page_buttons": []}
pages.write(DOCS / "generated")
