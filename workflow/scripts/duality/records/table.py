"""Tables: files of columns (CSV or NPZ), in memory a DataFrame, checked by name and type at either end."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any

import numpy as np

from duality.errors import InputError
from duality.failures import check_complete

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Table:
    """A file of columns.

    Attributes
    ----------
    name : str
        What messages call it.
    columns : mapping of str to type
        Every column in its order, and what it holds: str, int, float (NaN for none), bool, or bool | None.
    """

    name: str
    columns: Mapping[str, type | UnionType]

    def check(self, table: "pd.DataFrame", where: str) -> None:
        """Refuse a table with other columns, or columns of other types.

        Raises
        ------
        InputError
        """
        found = [str(column) for column in table.columns]
        if unknown := [column for column in found if column not in self.columns]:
            raise InputError(f"{where}: {unknown[0]} is no column of {self.name}")
        if missing := [column for column in self.columns if column not in found]:
            raise InputError(f"{where}: {self.name} must have the column {missing[0]}")
        if found != list(self.columns):
            raise InputError(f"{where}: the columns of {self.name} must be in the order {', '.join(self.columns)}")
        for column, kind in self.columns.items():
            if len(table) and not _is_of(table[column], kind):
                what = getattr(kind, "__name__", kind)
                raise InputError(f"{where}: the column {column} of {self.name} must hold {what}")

    def write(self, table: "pd.DataFrame", path: str | Path) -> None:
        """Check a table and write it as CSV, or as NPZ with an array per column."""
        self.check(table, str(path))
        if Path(path).suffix == ".npz":
            arrays: dict[str, Any] = {name: table[name].to_numpy() for name in self.columns}
            np.savez_compressed(path, **{k: a.astype(str) if a.dtype == object else a for k, a in arrays.items()})
        else:
            table.to_csv(path, index=False)

    def write_classes(self, tables: "Mapping[str, pd.DataFrame]", path: str | Path) -> None:
        """Write the tables of several classes as one, with the name of the class in the first column."""
        import pandas as pd

        named = [table.assign(**{"class": name}) for name, table in tables.items()]
        self.write(pd.concat(named, ignore_index=True)[["class", *tables[next(iter(tables))].columns]], path)

    def read(self, path: str | Path) -> "pd.DataFrame":
        """Read a table and check it.

        Raises
        ------
        InputError
            If it is no such file, or has other columns, or columns of other types.
        ExperimentFailed
            If it says instead why its experiment failed.
        """
        import pandas as pd

        check_complete(path)
        if Path(path).suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                table = pd.DataFrame({name: arrays[name] for name in arrays.files})
        else:
            texts = {name: str for name, kind in self.columns.items() if kind is str}
            try:
                # NA may be the name of a class: only in columns of numbers does an empty field say that there is none.
                numbers = {name: [""] for name in self.columns if name not in texts}
                table = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=numbers)
            except ValueError as error:
                raise InputError(f"{path} is no CSV file of {self.name}") from error
        self.check(table, str(path))
        return table


def _is_of(column: "pd.Series", kind: type | UnionType) -> bool:
    if kind is str:
        from pandas.api.types import infer_dtype

        return bool(infer_dtype(column, skipna=False) == "string")  # a histogram has many rows to look at one by one
    if kind == bool | None:
        return all(value is None or value != value or isinstance(value, bool | np.bool_) for value in column)
    if kind is float and column.isna().all():  # None in every row, which makes no column of floats
        return True
    return str(column.dtype.kind) in {int: "iu", float: "fiu", bool: "b"}[kind]  # type: ignore[index]
