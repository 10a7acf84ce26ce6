"""The keys of the output view. Every one has an id, so that it can be changed, and a title for the help screen."""

from __future__ import annotations

from textual.binding import Binding, BindingType

OUTPUT_BINDINGS: list[BindingType] = [
    Binding("j,down", "rows(1)", "Down", id="output.down", show=False),
    Binding("k,up", "rows(-1)", "Up", id="output.up", show=False),
    Binding("space,pagedown", "pages(1)", "Page down", id="output.page_down", show=False),
    Binding("b,pageup", "pages(-1)", "Page up", id="output.page_up", show=False),
    Binding("ctrl+d", "pages(0.5)", "Half a page down", id="output.half_down", show=False),
    Binding("ctrl+u", "pages(-0.5)", "Half a page up", id="output.half_up", show=False),
    Binding("g,home", "start", "First line", id="output.start", show=False),
    Binding("G,end", "follow", "End, following", id="output.end", show=False),
    Binding("f", "toggle_following", "Follow", id="output.follow"),
    Binding("h,left", "pan(-1)", "Left", id="output.left", show=False),
    Binding("l,right", "pan(1)", "Right", id="output.right", show=False),
    Binding("e", "next_traceback", "Next error", id="output.next_error"),
    Binding("E", "previous_traceback", "Previous error", id="output.previous_error", show=False),
    Binding("enter", "fold", "Fold", id="output.fold"),
    Binding("F", "toggle_libraries", "Fold library frames", id="output.fold_libraries", show=False),
    Binding("ampersand", "request_filter", "Filter lines", id="output.filter"),
    Binding("c", "cycle_context", "Lines around filtered ones", id="output.context", show=False),
    Binding("n", "next_match", "Next match", id="output.next_match", show=False),
    Binding("N", "previous_match", "Previous match", id="output.previous_match", show=False),
    Binding("w", "toggle_wrap", "Wrap", id="output.wrap"),
    Binding("t", "cycle_times", "Times", id="output.times"),
    Binding("x", "toggle_reveal", "Show control sequences", id="output.reveal", show=False),
    Binding("p", "toggle_pretty", "Pretty JSON", id="output.pretty", show=False),
    Binding("number_sign", "toggle_numbers", "Line numbers", id="output.numbers", show=False),
    Binding("v", "select", "Select lines", id="output.select", show=False),
    Binding("escape", "end_selection", "", id="output.end_selection", show=False),
    Binding("y", "copy", "Copy", id="output.copy", show=False),
    Binding("Y", "copy_block", "Copy traceback", id="output.copy_block", show=False),
    Binding("m", "mark", "Mark", id="output.mark", show=False),
    Binding("apostrophe", "next_mark", "Next mark", id="output.next_mark", show=False),
]
