"""The application: which screen comes first, its colours, and what it leaves behind in the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from decoder_search.views.browser.board import read_board
from decoder_search.views.browser.dialogs import Copied
from decoder_search.views.browser.help_screen import HelpScreen
from decoder_search.views.browser.pictures import ImageChoice, image_kind
from decoder_search.views.browser.studies_screen import StudiesScreen
from decoder_search.views.browser.trials_screen import TrialsScreen

THEMES = ("textual-dark", "textual-light")
COLOURLESS = ("ansi-dark", "ansi-light")
"""Themes of the terminal's own colours, of which a terminal that wants none shows none."""


class Browser(App[None]):
    """The studies of a folder; of one study its trials.

    Attributes:
        copied: the commands that were copied, in their order.
        image_kind: the widget that shows an image.
    """

    TITLE = "decoder-search"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "theme", "Theme", tooltip="light or dark"),
        Binding("q", "quit", "Quit", tooltip="leave; prints what was copied"),
    ]

    def __init__(
        self, first: Iterable[Screen[None]], *, light: bool = False, images: ImageChoice = "auto"
    ) -> None:
        """An application of these screens, of which the last one is on top."""
        colourless = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if colourless else None)
        self._first = list(first)
        self._themes = COLOURLESS if colourless else THEMES
        self.theme = self._themes[light]
        self.copied: list[str] = []
        self.image_kind = image_kind(images, no_color=colourless)

    async def on_mount(self) -> None:
        """Show the first screens."""
        for screen in self._first:
            await self.push_screen(screen)

    def action_theme(self) -> None:
        """Change between light and dark."""
        self.theme = self._themes[self.theme == self._themes[0]]

    def action_help(self) -> None:
        """Show what the keys of this screen do."""
        seen = {
            binding.action: (
                binding.key_display or self.get_key_display(binding),
                binding.tooltip or binding.description,
            )
            for _, binding, _, _ in self.screen.active_bindings.values()
            if binding.show
        }
        self.push_screen(HelpScreen(list(seen.values())))

    def on_copied(self, event: Copied) -> None:
        """Copy a command, and keep it for the end, since not every terminal lets itself be copied to."""
        self.copy_to_clipboard(event.command)
        if event.command not in self.copied:
            self.copied.append(event.command)
        self.notify(event.command, title="Copied; printed when you quit, too", markup=False)


def prefers_light() -> bool:
    """Whether the terminal says that its background is light, as some do in COLORFGBG."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return background in ("7", "15")


def browse(results: Path, study: Path | None, images: ImageChoice = "auto") -> list[str]:
    """Run the application in this terminal until it is left; returns the commands that were copied.

    Raises:
        ConfigError: the study cannot be read.
    """
    screens: list[Screen[None]] = [StudiesScreen(results)]
    if study is not None:
        screens.append(TrialsScreen(*read_board(study), results))
    browser = Browser(screens, light=prefers_light(), images=images)
    browser.run()
    return browser.copied
