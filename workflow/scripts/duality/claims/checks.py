"""A check: the function that decides claims, what it rests on, and the keys of claims.yaml that it reads; and a claim.

A new check is one function below the decorator `check`, in the module of `duality.claims` that is about the same. Its
keyword-only parameters are the keys of a claim that names it, and their annotations are what the values must be.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, TypeVar, get_origin, get_type_hints

import msgspec

from duality.errors import InputError
from duality.verdicts import REPRODUCED, Finding

Function = TypeVar("Function", bound=Callable[..., Finding])
Experiments = Annotated[list[str], msgspec.Meta(min_length=1)]  # the paper's: a user's own neither help nor harm


class Missing(Exception):
    """The config has no such experiment or class: the claim cannot be tested on its results."""


@dataclass(frozen=True)
class Check:
    """What decides claims.

    Attributes
    ----------
    function : function
        Of the results, and of a claim's keys as keyword arguments, to a `Finding`. It may raise `Missing`.
    artifact : str
        The files that it rests on; empty if none.
    parameters : mapping of str to type
        Of the function, besides the results.
    keys : type
        A structure of the keys. Those of a parameter that is a structure itself stand in a claim beside the others.
    """

    function: Callable[..., Finding]
    artifact: str
    parameters: Mapping[str, Any]
    keys: type[msgspec.Struct]

    @classmethod
    def of(cls, function: Callable[..., Finding], artifact: str) -> "Check":
        """The check that a function is, by its signature.

        Raises
        ------
        TypeError
            If a parameter besides the first is not keyword-only or has no annotation, or two of them are structures.
        """
        name, hints = function.__name__, get_type_hints(function, include_extras=True)
        fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
        structures: list[type[msgspec.Struct]] = []
        parameters = list(inspect.signature(function).parameters.values())[1:]
        for parameter in parameters:
            if parameter.kind is not parameter.KEYWORD_ONLY or parameter.name not in hints:
                raise TypeError(f"{parameter.name} of the check {name} must be keyword-only and have an annotation")
            hint = hints[parameter.name]
            if _is_structure(hint):
                structures.append(hint)
            elif parameter.default is parameter.empty:
                fields.append((parameter.name, hint))
            else:
                fields.append((parameter.name, hint, parameter.default))
        if len(structures) > 1:
            raise TypeError(f"the check {name} must not have more than one structure among its parameters")
        keys = msgspec.defstruct(
            name, fields, bases=tuple(structures) or None, kw_only=True, frozen=True, forbid_unknown_fields=True
        )
        return cls(function, artifact, {parameter.name: hints[parameter.name] for parameter in parameters}, keys)

    def of_claim(self, given: Mapping[str, Any]) -> Callable[[Any], Finding]:
        """The check of one claim, as a function of the results.

        Parameters
        ----------
        given : mapping
            What the claim says besides what every claim does.

        Raises
        ------
        InputError
            If a key is unknown or missing, or its value of another type. In one line: which, and what is allowed.
        """
        try:
            keys = msgspec.convert(given, self.keys)
        except msgspec.ValidationError as error:
            fault = str(error).replace("`$.", "`").replace("Object contains ", "").replace("Object ", "")
            name = self.function.__name__
            raise InputError(f"{fault}; the check {name} takes {self._described() or 'no key of its own'}") from error
        return partial(
            self.function,
            **{name: keys if _is_structure(kind) else getattr(keys, name) for name, kind in self.parameters.items()},
        )

    def _described(self) -> str:
        return ", ".join(
            f"{field.encode_name}: {inspect.formatannotation(_bare(field.type))}"
            + ("" if field.required else f" = {field.default!r}")
            for field in msgspec.structs.fields(self.keys)
        )


@dataclass(frozen=True)
class Claim:
    """A claim of the paper, and what decides it.

    Attributes
    ----------
    id, kind, section, paraphrase
        As in claims.yaml.
    check : str
        The name of the check.
    finding : function
        The check, with what this claim gives it: of the results.
    note : str
        What is to be said if the verdict is not "reproduced".
    note_for : str
        The verdict for which the note was written; empty for any.
    fault : str
        Of what does not hold as printed: misprint, imprecision or substance.
    cause : tuple of str
        Names of what is wrong where several claims do not hold for one reason; else the claim's id stands for it.
    given : mapping
        What the claim says to its check.
    """

    id: str
    kind: str
    section: int
    paraphrase: str
    check: str
    finding: Callable[[Any], Finding]
    note: str = ""
    note_for: str = ""
    fault: str = ""
    cause: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)

    def note_on(self, verdict: str) -> str:
        """What is to be said of a verdict. That of a measurement may come out otherwise under another config."""
        if verdict == REPRODUCED or verdict != (self.note_for or verdict):
            return ""
        return " ".join(self.note.split())


def _is_structure(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _bare(kind: Any) -> Any:
    """A type without what is annotated beside it."""
    return kind.__origin__ if get_origin(kind) is Annotated else kind


def register(checks: dict[str, Check], artifact: str) -> Callable[[Function], Function]:
    """A decorator that enters a function among the checks, under its name, with the artifact that it rests on."""

    def enter(function: Function) -> Function:
        checks[function.__name__] = Check.of(function, artifact)
        return function

    return enter


CHECKS: dict[str, Check] = {}
check = partial(register, CHECKS)
