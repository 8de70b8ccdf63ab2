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
from textual.widgets import Input, OptionList, SelectionList, Static
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

from decoder_search.browser.key_bar import KeyBar
from decoder_search.command_lines import CommandLine

CLOSE = Binding("escape", "close", "Close")


class Dialog(ModalScreen[ScreenResultType]):
    """A framed box with a title, closed by Escape without a result."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; padding: 0 1; background: $surface; color: $foreground;
    }
    Dialog OptionList, Dialog SelectionList { height: auto; max-height: 100%; border: none; padding: 0; }
    Dialog OptionList:nocolor > .option-list--option-highlighted,
    Dialog OptionList:ansi > .option-list--option-highlighted { text-style: reverse; }
    Dialog Static { height: auto; }
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
            yield OptionList(*(Option(Text(name), key) for key, name in self._options.items()))
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
        Binding("escape,enter", "close", "Done", priority=True),
    ]

    def __init__(self, title: str, options: Mapping[str, str], chosen: frozenset[str]) -> None:
        """Keys with what to call them; the chosen ones are on."""
        super().__init__()
        self._title, self._options, self._chosen = title, options, chosen

    def compose(self) -> ComposeResult:
        """The list in a box."""
        with Vertical() as box:
            box.border_title = self._title
            yield SelectionList[str](
                *(Selection(Text(name), key, key in self._chosen) for key, name in self._options.items())
            )
        yield KeyBar(("space", "On or off"))

    def action_close(self) -> None:
        """Take what is on."""
        self.dismiss(frozenset(self.query_one(SelectionList).selected))


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
            yield Input(self._proposed, placeholder="a file ending in .yaml")
            yield Static("", id="note", markup=False)
        yield KeyBar(("enter", "Write"))

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
                )
            )
            yield Static("Enter copies a command; quitting prints what was copied.", markup=False)
        yield KeyBar(("enter", "Copy"))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(self._commands[int(event.option_id or 0)].line)
