"""The model of an experiment: its composition H(y) and the data that the classes have."""

from collections.abc import Mapping
from dataclasses import dataclass

from duality.dataset.distribution import Density
from duality.formulas.composition import Composition


@dataclass(frozen=True)
class Model:
    """A composition and the equally likely classes on which it is trained.

    Attributes
    ----------
    composition : Composition
    densities : mapping of str to Density
        p(x1) of every class by its name, in the order of the composition's labels.
    """

    composition: Composition
    densities: Mapping[str, Density]

    def __post_init__(self) -> None:
        if len(self.densities) != len(self.composition.labels):
            raise ValueError(f"{len(self.densities)} classes for {len(self.composition.labels)} labels")

    @property
    def names(self) -> list[str]:
        """Of the classes."""
        return list(self.densities)

    def label(self, name: str) -> int:
        """The index of a class."""
        return self.names.index(name)
