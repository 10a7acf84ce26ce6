"""``dataclass`` as in the standard library, made in a third of the time where frozen.

The standard one writes source code for each of six methods and compiles it: over half a millisecond for each class,
for about a hundred classes before the first screen can be drawn. Of a frozen class with slots only ``__init__`` is
compiled here; the others are the same for all classes. Type checkers see the standard one.

``fields``, ``replace``, ``asdict`` and ``copy`` work as usual. There is no ``InitVar``, no ``order`` and no
``kw_only``; a frozen class can only inherit from frozen ones that were made here.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, slots: bool = False, **options: bool) -> Any:
        """Make a dataclass; what is not frozen and with slots is left to the standard library."""
        if cls is not None or options or not (frozen and slots):
            return dataclasses.dataclass(cls, frozen=frozen, slots=slots, **options)
        return _frozen


__all__ = ["dataclass"]


def _frozen(cls: type) -> type:
    own = vars(cls)
    methods: dict[str, Any] = {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    methods |= {"__getstate__": _state, "__setstate__": _take_state}
    if "__repr__" not in own:
        methods["__repr__"] = _repr
    has_eq = "__eq__" in own
    # Without one the standard library makes one from the signature, and reads that through a tokenizer.
    cls.__doc__ = cls.__doc__ or cls.__name__
    made: type[Any] = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    compared = [field.name for field in fields if field.compare]
    values = _values_of(compared)
    if not has_eq:
        methods["__eq__"] = _eq_by(values)
    if own.get("__hash__") is None:
        methods["__hash__"] = _hash_by(values)
    methods["__init__"] = _init_of(made, fields)
    for name, method in methods.items():
        setattr(made, name, method)
    return made


def _init_of(cls: type, fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    names: dict[str, Any] = {"_missing": dataclasses.MISSING}
    parameters, lines = ["self"], []
    for field in fields:
        name, value = field.name, field.name
        if field.default_factory is not dataclasses.MISSING:
            names[f"_default_{name}"] = field.default_factory
            value = f"_default_{name}() if {name} is _missing else {name}" if field.init else f"_default_{name}()"
            default = "=_missing"
        elif field.default is not dataclasses.MISSING:
            names[f"_default_{name}"] = field.default
            default = f"=_default_{name}"
            value = name if field.init else f"_default_{name}"
        elif field.init:
            default = ""
        else:
            continue
        if field.init:
            parameters.append(name + default)
        # The descriptor of the slot: __setattr__ refuses, and this is faster than object.__setattr__ too.
        names[f"_set_{name}"] = getattr(cls, name).__set__
        lines.append(f"  _set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("  self.__post_init__()")
    text = "\n".join((f" def __init__({', '.join(parameters)}):", *(lines or ["  pass"]), " return __init__"))
    found: dict[str, Any] = {}
    # Nothing but names of fields goes into the text, as in the standard library.
    exec(f"def make({', '.join(names)}):\n{text}", vars(sys.modules[cls.__module__]), found)  # noqa: S102
    init: Callable[..., None] = found["make"](**names)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {field.name: field.type for field in fields if field.init} | {"return": None}
    return init


def _eq_by(values: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hash_by(values: Callable[[Any], Any]) -> Callable[[Any], int]:
    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    return __hash__


def _values_of(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of these attributes."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_to_set(_: Any, name: str, __: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _take_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
