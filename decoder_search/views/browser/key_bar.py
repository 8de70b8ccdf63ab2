"""All keys of a screen at its bottom, on as many lines as they need."""

from __future__ import annotations

from rich.text import Text
from textual.app import RenderResult
from textual.geometry import Size
from textual.widget import Widget


class KeyBar(Widget):
    """The keys that do something now, with what they do; a click does it too."""

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: auto;
        max-height: 25vh;
        background: $panel;
        color: $foreground;
        padding: 0 1;
        link-style: none;
        link-color: $foreground;
        link-background: $panel;
        link-style-hover: reverse;
    }
    """

    def __init__(self, *hints: tuple[str, str]) -> None:
        """Keys, with what they do, of what has the focus, which name themselves nowhere; they come first."""
        super().__init__()
        self._hints = hints

    def hint(self, *hints: tuple[str, str]) -> None:
        """Show these keys first from now on."""
        if hints != self._hints:
            self._hints = hints
            self.refresh(layout=True)

    def on_mount(self) -> None:
        """Follow the screen, whose keys depend on what has the focus."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh(layout=True))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the keys need."""
        return len(self._lines(width))

    def render(self) -> RenderResult:
        """The lines of keys."""
        return Text("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Text]:
        lines = [Text(no_wrap=True)]
        for key, name, action in self._keys():
            entry = Text.assemble((key, "bold reverse"), " ", name)
            entry.apply_meta({"@click": action})
            if lines[-1] and lines[-1].cell_len + 2 + entry.cell_len > width:
                lines.append(Text(no_wrap=True))
            lines[-1].append("  " if lines[-1] else "").append_text(entry)
        return lines

    def _keys(self) -> list[tuple[str, str, str]]:
        """The key as it is written, the name and the action of every shown binding, each action once."""
        found = {key: (key, name, f"app.simulate_key({key!r})") for key, name in self._hints}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and enabled and binding.action not in found:
                key = binding.key_display or self.app.get_key_display(binding)
                action = f"app.simulate_key({binding.key!r})"
                found[binding.action] = (key, binding.description, action)
        return list(found.values())
