"""Small screens over another one: pick one of a list, pick several, name a file, take a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from decoder_search.views.browser.command_lines import CommandLine
from decoder_search.views.browser.key_bar import KeyBar

CLOSE = Binding("escape", "close", "Close")


class Dialog(ModalScreen[ScreenResultType]):
    """A framed box with a title, closed by Escape without a result."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; padding: 0 1; background: $surface; color: $foreground;
    }
    Dialog OptionList { height: auto; max-height: 100%; padding: 0; background: $surface; }
    Dialog:nocolor OptionList:focus > .option-list--option-highlighted { text-style: bold underline; }
    Dialog:ansi OptionList:focus > .option-list--option-highlighted { text-style: bold underline; }
    Dialog Static { height: auto; }
    Dialog Input { background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [CLOSE]

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)


class ChooseOne(Dialog[str]):
    """A list of names, of which Enter takes one."""

    def __init__(self, title: str, options: Mapping[str, str], chosen: str) -> None:
        """Keys with what to call them; the cursor starts on the chosen one."""
        super().__init__()
        self._title, self._options, self._chosen = title, options, chosen

    def compose(self) -> ComposeResult:
        """The list in a box."""
        with Vertical() as box:
            box.border_title = self._title
            yield OptionList(*(Option(Text(name), key) for key, name in self._options.items()), compact=True)
        yield KeyBar(("enter", "Take"))

    def on_mount(self) -> None:
        """Put the cursor on what is chosen now."""
        keys = list(self._options)
        if self._chosen in keys:
            self.query_one(OptionList).highlighted = keys.index(self._chosen)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(event.option_id)


class ChooseMany(Dialog[frozenset[str]]):
    """A list of names, each on or off; closing it takes what is on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", "On or off", key_display="space"),
        Binding("escape,enter", "close", "Done", key_display="enter", priority=True),
    ]

    def __init__(self, title: str, options: Mapping[str, str], chosen: frozenset[str]) -> None:
        """Keys with what to call them; the chosen ones are on."""
        super().__init__()
        self._title, self._options, self._chosen = title, options, set(chosen)

    def compose(self) -> ComposeResult:
        """The list in a box."""
        with Vertical() as box:
            box.border_title = self._title
            yield OptionList(*(Option(self._line(key), key) for key in self._options), compact=True)
        yield KeyBar()

    def action_switch(self) -> None:
        """Turn the name under the cursor on or off."""
        shown = self.query_one(OptionList)
        if shown.highlighted is not None:
            key = list(self._options)[shown.highlighted]
            self._chosen ^= {key}
            shown.replace_option_prompt_at_index(shown.highlighted, self._line(key))

    def on_option_list_option_selected(self) -> None:
        """Turn on or off what was clicked."""
        self.action_switch()

    def action_close(self) -> None:
        """Take what is on."""
        self.dismiss(frozenset(self._chosen))

    def _line(self, key: str) -> Text:
        """Told apart by a sign, for terminals without colour."""
        return Text(f"{'✓' if key in self._chosen else ' '} {self._options[key]}")


class NameFile(Dialog[Path]):
    """A line to name a file on."""

    def __init__(self, title: str, name: str, explanation: str) -> None:
        """The proposed name, and what will be written."""
        super().__init__()
        self._title, self._proposed, self._explanation = title, name, explanation

    def compose(self) -> ComposeResult:
        """The line in a box."""
        with Vertical() as box:
            box.border_title = self._title
            yield Static(self._explanation, markup=False)
            yield Input(self._proposed, placeholder="a file ending in .yaml", compact=True)
            yield Static("", id="note", markup=False)
        yield KeyBar(("enter", "Write"))

    def on_mount(self) -> None:
        """Keep still."""
        self.query_one(Input).cursor_blink = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say beforehand that a file would be replaced."""
        there = bool(event.value.strip()) and Path(event.value).expanduser().exists()
        self.query_one("#note", Static).update("That file is there and will be replaced." if there else "")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the name."""
        if event.value.strip():
            self.dismiss(Path(event.value.strip()).expanduser())


class Copied(Message):
    """A command was taken to be copied."""

    def __init__(self, command: str) -> None:
        """The command."""
        super().__init__()
        self.command = command


class TakeCommand(Dialog[str]):
    """Commands with what they do, of which Enter copies one."""

    def __init__(self, title: str, commands: Sequence[CommandLine]) -> None:
        """The commands, the likeliest first."""
        super().__init__()
        self._title, self._commands = title, commands

    def compose(self) -> ComposeResult:
        """The list in a box."""
        with Vertical() as box:
            box.border_title = self._title
            yield OptionList(
                *(
                    Option(Text.assemble((each.purpose, "dim"), "\n", f"  {each.line}"), str(place))
                    for place, each in enumerate(self._commands)
                ),
                compact=True,
            )
            yield Static("Enter copies a command; quitting prints what was copied.", markup=False)
        yield KeyBar(("enter", "Copy"))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(self._commands[int(event.option_id or 0)].line)
