"""The experiment whose guard is studied.

Cross-entropy on a ramp has kicks |h| = 1/(1 - y) that grow without bound towards an edge of the ramp, where the data
have a density: k = 2 makes the mean kick diverge like ln 1/ε and the mean square like 1/ε, so that SGD with
mini-batch 1 has no equilibrium (Eqs. 8.33-8.41). The guard keeps f within [ε, 1 - ε], and the largest kick |ḃ| at γ/ε.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from duality.config.settings import CompositionSettings, GuardSubject, WindowSettings
from duality.dataset.distribution import Density
from duality.dataset.model import Model
from duality.formulas.compose import compose
from duality.training.population import Population, population_optimum

MIDPOINTS = 1 << 14  # equally likely x1 of a class at which accuracy is counted


@dataclass(frozen=True)
class Subject:
    """The experiment whose guard is studied.

    Attributes
    ----------
    settings : GuardSubject
    densities : mapping of str to Density
        p(x1) of every class, in the order of the labels.
    windows : WindowSettings
        How the windows of its classes are read.
    """

    settings: GuardSubject
    densities: Mapping[str, Density]
    windows: WindowSettings

    @property
    def own_value(self) -> float:
        """The experiment's own ε."""
        return self.settings.composition.loss_parameters[self.settings.parameter]

    def guarded(self, value: float) -> Model:
        """The model with another ε."""
        own = self.settings.composition
        parameters = own.loss_parameters | {self.settings.parameter: value}
        return self._model(msgspec.structs.replace(own, loss_parameters=parameters))

    def without_guard(self) -> Model:
        """The model with the loss that has no guard."""
        loss = self.settings.unguarded_loss
        return self._model(msgspec.structs.replace(self.settings.composition, loss=loss, loss_parameters={}))

    def _model(self, composition: CompositionSettings) -> Model:
        return Model(compose(**msgspec.structs.asdict(composition)), self.densities)

    def optimum(self, value: float) -> Population:
        """The population optimum at an ε, searched from the middle of where the experiment's training starts."""
        start = self.settings.training.start
        return population_optimum(self.guarded(value), [float(np.mean(start.w)), float(np.mean(start.b))])
