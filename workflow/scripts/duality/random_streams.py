"""Random numbers by name: every purpose has a Philox generator of its own, so that none disturbs another."""

import zlib

import numpy as np


def generator(seed: int, *key: str | int) -> np.random.Generator:
    """The Philox generator of one purpose, independent of every other key's.

    Parameters
    ----------
    seed : int
        The root seed of the config.
    *key : str or int
        The purpose, for example ("dataset", "zeros", 0). A name counts by its CRC-32, so that adding a class or an
        experiment leaves the streams of the others as they were.
    """
    spawn_key = tuple(zlib.crc32(part.encode()) if isinstance(part, str) else part for part in key)
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=spawn_key)))
