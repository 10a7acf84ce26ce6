"""What a table tells its screen. Handlers are named ``on_virtual_table_…``; every message carries keys, never rows."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from tui.app.widgets.virtual_table import VirtualTable


class TableMessage(Message):
    """Something happened in ``table``."""

    def __init__(self, table: VirtualTable[Any]) -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> VirtualTable[Any]:
        """The table, so that ``@on(..., "#id")`` works."""
        return self.table


class RowHighlighted(TableMessage, namespace="virtual_table"):
    """The cursor is on another key now; None when the table has become empty."""

    def __init__(self, table: VirtualTable[Any], key: Hashable | None) -> None:
        super().__init__(table)
        self.key = key

    def can_replace(self, message: Message) -> bool:
        """Only where the cursor came to rest matters."""
        return isinstance(message, RowHighlighted) and message.table is self.table


class RowSelected(TableMessage, namespace="virtual_table"):
    """The user chose the row of ``key``: Enter or a double click."""

    def __init__(self, table: VirtualTable[Any], key: Hashable) -> None:
        super().__init__(table)
        self.key = key


class RowVanished(TableMessage, namespace="virtual_table"):
    """The row under the cursor, ``key``, is gone; the cursor went to ``neighbour`` (None: no rows are left).

    A :class:`RowHighlighted` follows.
    """

    def __init__(self, table: VirtualTable[Any], key: Hashable, neighbour: Hashable | None) -> None:
        super().__init__(table)
        self.key = key
        self.neighbour = neighbour


class Marked(TableMessage, namespace="virtual_table"):
    """The set of marked keys is now ``keys``."""

    def __init__(self, table: VirtualTable[Any], keys: frozenset[Hashable]) -> None:
        super().__init__(table)
        self.keys = keys


class HeaderClicked(TableMessage, namespace="virtual_table"):
    """The title of the column ``column_key`` was clicked."""

    def __init__(self, table: VirtualTable[Any], column_key: str) -> None:
        super().__init__(table)
        self.column_key = column_key
