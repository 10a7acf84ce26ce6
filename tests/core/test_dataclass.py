"""Our ``dataclass`` against the one of the standard library: same arguments, same behaviour."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from tui.core.dataclass import dataclass


def classes_of(decorator: Any) -> dict[str, Any]:
    """The same classes, made by ``decorator``."""

    @decorator(frozen=True, slots=True)
    class Nothing:
        """It has no fields."""

    @decorator(frozen=True, slots=True)
    class Plain:
        """Fields with and without defaults."""

        number: int
        text: str = "x"
        kind: ClassVar[str] = "plain"

        @property
        def twice(self) -> int:
            return 2 * self.number

    @decorator(frozen=True, slots=True)
    class Rich:
        secret: str = field(repr=False)
        mark: object = field(compare=False)
        items: list[int] = field(default_factory=list)
        total: int = field(init=False, compare=False)
        size: int = field(init=False, default=3)
        tail: list[int] = field(init=False, default_factory=lambda: [1])

        def __post_init__(self) -> None:
            object.__setattr__(self, "total", sum(self.items))

    @decorator(frozen=True, slots=True)
    class Derived(Plain):
        further: float = 1.0

    @decorator(frozen=True, slots=True)
    class Own:
        number: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own) and self.number % 2 == other.number % 2

        def __hash__(self) -> int:
            return self.number % 2

        def __repr__(self) -> str:
            return "own"

    @decorator(frozen=True, slots=True)
    class EqOnly:
        number: int

        def __eq__(self, other: object) -> bool:
            return True

    return {made.__name__: made for made in (Nothing, Plain, Rich, Derived, Own, EqOnly)}


OURS, STANDARD = classes_of(dataclass), classes_of(dataclasses.dataclass)
MADE: list[tuple[str, Callable[[type], Any]]] = [
    ("Nothing", lambda cls: cls()),
    ("Plain", lambda cls: cls(1)),
    ("Plain", lambda cls: cls(text="y", number=2)),
    ("Rich", lambda cls: cls("s", "m", [4, 5])),
    ("Rich", lambda cls: cls("s", "n", items=[4, 5])),
    ("Rich", lambda cls: cls("s", "m")),
    ("Derived", lambda cls: cls(1, "x", 2.0)),
    ("Derived", lambda cls: cls(1)),
    ("Own", lambda cls: cls(3)),
    ("Own", lambda cls: cls(5)),
    ("EqOnly", lambda cls: cls(5)),
    ("EqOnly", lambda cls: cls(6)),
]


def outcome(call: Callable[[], Any]) -> Any:
    """What ``call`` gives, or the kind and the text of its error."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - any is compared
        return type(error), str(error)


@pytest.mark.parametrize(("name", "make"), MADE)
def test_instances_behave_alike(name: str, make: Callable[[type], Any]) -> None:
    ours, standard = make(OURS[name]), make(STANDARD[name])
    assert repr(ours) == repr(standard)
    assert {f.name: getattr(ours, f.name) for f in dataclasses.fields(ours)} == dataclasses.asdict(standard)
    assert dataclasses.asdict(ours) == dataclasses.asdict(standard)
    assert outcome(lambda: hash(ours)) == outcome(lambda: hash(standard))
    for attribute in ("number", "items", "unknown"):
        with pytest.raises(FrozenInstanceError, match=f"assign to field '{attribute}'"):
            setattr(ours, attribute, 1)
        with pytest.raises(FrozenInstanceError, match=f"delete field '{attribute}'"):
            delattr(ours, attribute)
    assert copy.copy(ours) == ours
    assert copy.deepcopy(ours) == ours
    assert not hasattr(ours, "__dict__")


@pytest.mark.parametrize("first", MADE)
@pytest.mark.parametrize("second", MADE)
def test_they_are_equal_when_the_standard_ones_are(
    first: tuple[str, Callable[[type], Any]], second: tuple[str, Callable[[type], Any]]
) -> None:
    ours = first[1](OURS[first[0]]) == second[1](OURS[second[0]])
    assert ours is (first[1](STANDARD[first[0]]) == second[1](STANDARD[second[0]]))


@pytest.mark.parametrize("name", OURS)
def test_classes_look_alike(name: str) -> None:
    ours, standard = OURS[name], STANDARD[name]
    assert [f.name for f in dataclasses.fields(ours)] == [f.name for f in dataclasses.fields(standard)]
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(standard).parameters)
    assert inspect.signature(ours.__init__).return_annotation in (None, "None")
    assert ours.__match_args__ == standard.__match_args__
    assert ours.__slots__ == standard.__slots__
    assert ours.__init__.__annotations__ == standard.__init__.__annotations__
    assert ours.__qualname__ == standard.__qualname__
    assert ours.__doc__ == standard.__doc__.partition("(")[0]


@pytest.mark.parametrize(
    "call",
    [
        lambda made: made["Plain"](),
        lambda made: made["Plain"](1, "x", 3),
        lambda made: made["Plain"](1, other=3),
        lambda made: made["Rich"]("s", "m", total=3),
        lambda made: made["Rich"]("s", "m", size=3),
    ],
)
def test_wrong_arguments_are_refused_alike(call: Callable[[dict[str, Any]], object]) -> None:
    refused, expected = outcome(lambda: call(OURS)), outcome(lambda: call(STANDARD))
    assert refused[0] is expected[0] is TypeError


def test_replace_makes_a_changed_copy() -> None:
    one = OURS["Rich"]("s", "m", [1])
    other = dataclasses.replace(one, items=[2, 3])
    assert (other.items, other.total, other.secret, one.items) == ([2, 3], 5, "s", [1])


def test_what_a_default_factory_makes_is_not_shared() -> None:
    assert OURS["Rich"]("s", "m").items is not OURS["Rich"]("s", "m").items


@dataclass(frozen=True, slots=True)
class Kept:
    number: int
    text: str = ""


def test_it_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, "a"))) == Kept(1, "a")


def test_a_nan_is_itself() -> None:
    nan = float("nan")
    assert Kept(nan, "") == Kept(nan, "")  # type: ignore[arg-type]


def test_everything_else_is_left_to_the_standard_library() -> None:
    @dataclass(slots=True)
    class Open:
        number: int = 0

    @dataclass(frozen=True)
    class Loose:
        number: int = 0

    opened = Open()
    opened.number = 2
    assert repr(opened).endswith("Open(number=2)")
    assert Loose().__dict__ == {"number": 0}
