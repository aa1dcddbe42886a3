"""The subject of the config, and a stream of its two classes."""

import numpy as np
import pytest

from duality.config.settings import GuardSubject, WindowSettings
from duality.dataset.density import densities
from duality.dataset.stream import mix
from duality.guard.subject import Subject
from duality.records.record import convert


@pytest.fixture(scope="package")
def stream():
    random = np.random.default_rng(13)
    return mix([random.normal(0, 0.25, 200_000), random.normal(1, 0.25, 200_000)], random)


@pytest.fixture(scope="package")
def subject(resolved):
    windows = {key: resolved["statistics"][key] for key in WindowSettings.__struct_fields__}
    return Subject(
        convert(resolved["guard"]["subject"], GuardSubject, "guard"),
        densities(resolved["classes"]),
        convert(windows, WindowSettings, "statistics"),
    )
