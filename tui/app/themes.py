"""Our two themes. One accent colour for focus and cursor; red only for failure, amber only for doubt."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="boxscope-dark",
    primary="#7aa2f7",
    secondary="#9aa5ce",
    accent="#7aa2f7",
    foreground="#d3d9e4",
    background="#0f1217",
    surface="#141820",
    panel="#1c212b",
    success="#8fbf7f",
    warning="#e5b567",
    error="#ff6b70",
    dark=True,
    variables={
        "border": "#2c3340",
        "border-blurred": "#2c3340",
        "text-muted": "#7f8a9b",
        "text-disabled": "#525c6b",
        "block-cursor-background": "#263352",
        "block-cursor-foreground": "#eaf0ff",
        "block-cursor-blurred-background": "#1b2230",
        "input-cursor-background": "#d3d9e4",
        "input-selection-background": "#7aa2f7 35%",
        "scrollbar": "#3a4456",
        "scrollbar-background": "#0f1217",
        "footer-key-foreground": "#7aa2f7",
    },
)

LIGHT = Theme(
    name="boxscope-light",
    primary="#2f5fd0",
    secondary="#56617a",
    accent="#2f5fd0",
    foreground="#22272f",
    background="#fcfcfb",
    surface="#f4f4f2",
    panel="#e9e9e6",
    success="#2f7d3b",
    warning="#9a5b00",
    error="#c5212b",
    dark=False,
    variables={
        "border": "#d3d4d1",
        "border-blurred": "#d3d4d1",
        "text-muted": "#6a7280",
        "text-disabled": "#a5abb5",
        "block-cursor-background": "#d8e2fb",
        "block-cursor-foreground": "#101a33",
        "block-cursor-blurred-background": "#ececea",
        "input-cursor-background": "#22272f",
        "input-selection-background": "#2f5fd0 25%",
        "scrollbar": "#bfc3c9",
        "scrollbar-background": "#fcfcfb",
        "footer-key-foreground": "#2f5fd0",
    },
)

THEMES = (DARK, LIGHT)
DEFAULT = DARK.name
