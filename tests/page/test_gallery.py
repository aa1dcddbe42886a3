"""If these fail, the page shows a picture that is another's, without its caption, or not at all."""

import base64
from pathlib import Path

from duality.page.gallery import groups, pictures

NAMES = {"relu_run": "ReLU, quartic"}


def made(folder, **contents):
    """Files of pictures in a folder, by their names with __ for / and _dot_ for the dot."""
    paths = []
    for name, content in contents.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(content, encoding="utf-8")
        paths.append(path)
    return paths


def test_files_of_one_name_are_one_picture_with_its_caption(tmp_path):
    paths = made(
        tmp_path, guard_dot_svg="<svg/>", guard_dot_txt="What it shows.\n\na: 1\nb: 2\n", guard_dot_png="a longer one",
        guard_dot_pdf="%PDF", figure_2_dot_svg="<svg/>", figure_2_dot_csv="x\n", overview_dot_png="all",
        traces__relu_run_dot_png="points", traces__relu_run_dot_svg="very many points", table_dot_csv="x\n",
    )  # fmt: skip
    found = pictures([*paths, Path("elsewhere.svg")], tmp_path, ["figure_2"], NAMES)
    assert [(one.group, one.title) for one in found] == [
        ("Overview", "Overview"),
        ("Figures of the paper", "Figure 2"),
        ("Supplementary figures", "Guard"),
        ("Training", "ReLU, quartic"),
    ]
    guard, traces = found[2], found[3]
    assert (guard.caption, guard.numbers) == ("What it shows.", "a: 1\nb: 2")
    assert [path.suffix for path in guard.files] == [".pdf", ".png", ".svg", ".txt"]
    assert guard.source == "data:image/svg+xml;base64," + base64.b64encode(b"<svg/>").decode()
    assert traces.source.startswith("data:image/png;base64,")  # the smaller one
    assert found[0].caption == ""


def test_what_captions_have_in_common_stands_once(tmp_path):
    """Of one of three that failed there is no more to say than why; alone, a picture keeps all of its caption."""
    texts = ["Figure 1. Dots: data. Line: 2.5 wide. Own.", "Figure 2. Dots: data. Line: 2.5 wide.", "Died, γ = 1."]
    files = {
        f"figure_{number}_dot_{end}": said
        for number, text in enumerate(texts)
        for end, said in (("svg", "<svg/>"), ("txt", text))
    }
    paths = made(tmp_path, **files, guard_dot_svg="<svg/>", guard_dot_txt="Dots: data. Line.")
    paper, guard = groups(pictures(paths, tmp_path, [f"figure_{number}" for number in range(3)], NAMES))
    assert paper.legend == "Dots: data. Line: 2.5 wide."
    assert [one.caption for one in paper.pictures] == ["Figure 1. Own.", "Figure 2.", "Died, γ = 1."]
    assert (guard.legend, guard.pictures[0].caption) == ("", "Dots: data. Line.")
