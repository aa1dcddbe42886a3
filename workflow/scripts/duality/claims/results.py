"""What the stages of this run wrote: on what claims are checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from duality.claims.checks import Missing
from duality.config.settings import ClaimSettings
from duality.records.exponents import RIVALS, SENSITIVITY, Exponents, Measurement
from duality.records.fluctuations import SHARD_SUMMARY
from duality.records.guard import GUARD_TRAINING, UNGUARDED_TRAINING
from duality.records.jumps import JUMP_DISTANCES, Jumps
from duality.records.record import complete_and_failed, read
from duality.records.theory import DERIVATIONS
from duality.records.training import Equilibrium

File = str | Path


@dataclass(frozen=True)
class ExperimentResults:
    """What the stages wrote of one experiment.

    Attributes
    ----------
    equilibrium : Equilibrium
    exponents : mapping
        By class.
    jumps : mapping
        By class and sign.
    distances : DataFrame
        `records.jumps.JUMP_DISTANCES`, of a run that went on from the equilibrium.
    rivals : DataFrame
        `records.exponents.RIVALS`.
    sensitivity : DataFrame
        `records.exponents.SENSITIVITY`.
    """

    equilibrium: Equilibrium
    exponents: Exponents
    jumps: Jumps
    distances: pd.DataFrame
    rivals: pd.DataFrame
    sensitivity: pd.DataFrame

    @classmethod
    def read(
        cls, equilibrium: File, exponents: File, jumps: File, distances: File, rivals: File, sensitivity: File
    ) -> "ExperimentResults":
        """From the files.

        Raises
        ------
        InputError
            If one of them is not what its stage writes.
        """
        return cls(
            read(equilibrium, Equilibrium),
            read(exponents, Exponents),
            read(jumps, Jumps),
            JUMP_DISTANCES.read(distances),
            RIVALS.read(rivals),
            SENSITIVITY.read(sensitivity),
        )


@dataclass(frozen=True)
class GuardResults:
    """What the stage guard wrote of the training of an experiment with and without guard.

    Attributes
    ----------
    experiment : str
    guarded, unguarded : DataFrame
        `records.guard.GUARD_TRAINING` and `UNGUARDED_TRAINING`.
    """

    experiment: str
    guarded: pd.DataFrame
    unguarded: pd.DataFrame

    @classmethod
    def read(cls, experiment: str, guarded: File, unguarded: File) -> "GuardResults":
        """From the files."""
        return cls(experiment, GUARD_TRAINING.read(guarded), UNGUARDED_TRAINING.read(unguarded))


@dataclass(frozen=True)
class Results:
    """What claims are checked on.

    Attributes
    ----------
    derivations : DataFrame
        `records.theory.DERIVATIONS`.
    shards : mapping of str to DataFrame
        By class, `records.fluctuations.SHARD_SUMMARY` of all its shards.
    experiments : mapping of str to ExperimentResults
    guard : GuardResults or None
        None if the config has no such stage.
    rules : ClaimSettings
        By which verdicts follow from what was measured.
    least : float
        The smallest p-value that the bootstrap can tell: then p is at most that.
    failed : mapping of str to str
        Why other experiments of the config failed.
    """

    derivations: pd.DataFrame
    shards: Mapping[str, pd.DataFrame]
    experiments: Mapping[str, ExperimentResults]
    guard: GuardResults | None
    rules: ClaimSettings
    least: float
    failed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        derivations: File,
        samples: Mapping[str, File],
        experiments: Mapping[str, ExperimentResults],
        guard: GuardResults | None,
        rules: ClaimSettings,
        least: float,
    ) -> "Results":
        """From the files of the derivations and, of each experiment, of what the samples of all shards are."""
        found, failed = complete_and_failed(SHARD_SUMMARY.read, samples, samples.values())
        of_any = next(iter(found.values()), pd.DataFrame(columns=list(SHARD_SUMMARY.columns)))
        shards = {str(name): rows for name, rows in of_any.groupby("class", sort=False)}
        return cls(DERIVATIONS.read(derivations), shards, experiments, guard, rules, least, failed)

    def among(self, experiments: Sequence[str]) -> dict[str, ExperimentResults]:
        """The results of some experiments.

        Raises
        ------
        Missing
            If the config lacks one of them, or one failed.
        """
        for name in experiments:
            if name not in self.experiments:
                raise Missing(self._why_without(name) or f"the config has no experiment {name}")
        return {name: self.experiments[name] for name in experiments}

    def windows(self, experiment: str, name: str, quantity: str = "q_dot") -> dict[str, Measurement | None]:
        """What was measured on each window of a quantity of a class.

        Raises
        ------
        Missing
            If the config lacks it, or the experiment failed.
        """
        if why := self._why_without(experiment):
            raise Missing(why)
        if experiment not in self.experiments or name not in self.experiments[experiment].exponents:
            raise Missing(f"the config has no class '{name}' of an experiment {experiment}")
        return self.experiments[experiment].exponents[name].quantities[quantity]

    def _why_without(self, experiment: str) -> str:
        return f"{experiment} {self.failed[experiment]}" if experiment in self.failed else ""
