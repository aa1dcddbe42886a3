"""The pictures of a run with their captions, each as one file that a page can hold."""

import base64
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}  # that a browser shows
_FOLDERS = {"traces": "Training"}  # what a folder of pictures is of
_WHOLE, _OF_THE_PAPER, _OTHERS = "Overview", "Figures of the paper", "Supplementary figures"


@dataclass(frozen=True)
class Picture:
    """A picture.

    Attributes
    ----------
    name : str
        Of its files, without the folder of all figures and without an ending.
    group, title : str
        What it is one of, and what people call it.
    source : str
        The picture itself, as a data URL.
    caption, numbers : str
        The first paragraph of its caption, and the others.
    files : list of Path
        All files of the name.
    """

    name: str
    group: str
    title: str
    source: str
    caption: str
    numbers: str
    files: list[Path]


def pictures(
    paths: Iterable[str | Path], folder: Path, figures: Iterable[str], titles: Mapping[str, str]
) -> list[Picture]:
    """The pictures among some files: the overview, the paper's figures, the others, then those of each folder.

    Parameters
    ----------
    paths : iterable of path
        Files of one picture are called alike but for their endings; that with .txt is its caption.
    folder : Path
        Of all figures.
    figures : iterable of str
        The names of the paper's figures.
    titles : mapping
        What people call experiments, by their keys.
    """
    files: dict[str, list[Path]] = {}
    for path in map(Path, paths):
        if path.is_relative_to(folder):
            files.setdefault(path.relative_to(folder).with_suffix("").as_posix(), []).append(path)
    shown = [
        _picture(name, own, set(figures), titles)
        for name, own in files.items()
        if any(path.suffix in _TYPES for path in own)
    ]
    order = [_WHOLE, _OF_THE_PAPER, _OTHERS]
    return sorted(shown, key=lambda one: order.index(one.group) if one.group in order else len(order))


@dataclass(frozen=True)
class Group:
    """Pictures of one kind.

    Attributes
    ----------
    name : str
    legend : str
        The sentences that more than half of their captions have; empty if there are none.
    pictures : list of Picture
        Their captions are without those sentences.
    """

    name: str
    legend: str
    pictures: list[Picture]


def groups(shown: Sequence[Picture]) -> list[Group]:
    """Pictures by their groups, in their order, and what their captions have in common once for each."""
    by_name: dict[str, list[Picture]] = {}
    for one in shown:
        by_name.setdefault(one.group, []).append(one)
    return [_group(name, own) for name, own in by_name.items()]


def _group(name: str, own: list[Picture]) -> Group:
    sentences = [list(dict.fromkeys(re.split(r"(?<=\.) (?=\S)", one.caption))) for one in own]
    often = Counter(sentence for of_one in sentences for sentence in of_one if sentence)
    common = [sentence for sentence, count in often.items() if len(own) > 1 and 2 * count > len(own)]
    rest = [" ".join(one for one in of_one if one not in common) for of_one in sentences]
    return Group(name, " ".join(common), [replace(one, caption=text) for one, text in zip(own, rest, strict=True)])


def _picture(name: str, files: list[Path], figures: set[str], titles: Mapping[str, str]) -> Picture:
    inner, _, stem = name.rpartition("/")
    group = _FOLDERS.get(inner, inner.capitalize()) or (
        _WHOLE if name == "overview" else _OF_THE_PAPER if name in figures else _OTHERS
    )
    by_ending = {path.suffix: path for path in files}
    text = by_ending[".txt"].read_text(encoding="utf-8") if ".txt" in by_ending else ""
    caption, _, numbers = text.strip().partition("\n")
    return Picture(
        name, group, titles.get(stem, stem.replace("_", " ").capitalize()), _smallest(by_ending), caption,
        numbers.strip(), sorted(files),
    )  # fmt: skip


def _smallest(files: Mapping[str, Path]) -> str:
    """The smaller of the formats that a browser shows, as a data URL: points make large drawings, lines small ones."""
    ending, content = min(
        ((ending, files[ending].read_bytes()) for ending in _TYPES if ending in files), key=lambda one: len(one[1])
    )
    return f"data:{_TYPES[ending]};base64,{base64.b64encode(content).decode('ascii')}"
