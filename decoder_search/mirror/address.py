"""Where a mirror lies: an Optuna storage that is named by a URL or a file, and the folder of its pictures.

A URL may hold a password, so that nothing of it is shown but where it points to.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from encodenet_core.errors import ConfigError
from encodenet_core.io.shell_paths import as_in_a_shell

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

HIDDEN = "***"

URL = re.compile(
    r"(?P<scheme>[A-Za-z][\w+.-]*)://(?:(?P<account>.*)@)?(?P<place>[^?#@]*)(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
SUSPICIOUS = frozenset("@?=")
"""What the path of a file may not hold, because it may be a URL with a slip, and a password in it."""

SQLITE_SUFFIXES = (".db", ".sqlite", ".sqlite3")
SQLITE_HEADER = b"SQLite format 3\x00"

SHARED_FILE_SECONDS = 10
"""How long a write waits for whoever else has the database file, such as a dashboard."""


@dataclass(frozen=True)
class MirrorAddress:
    """What a user wrote, which no message may repeat: `shown` is for those.

    Attributes:
        shown: the same without account and options, which may be secret.
        artifacts: the folder of an Optuna `FileSystemArtifactStore` for the pictures.
    """

    text: str
    shown: str
    artifacts: Path

    @classmethod
    def parse(cls, text: str, study_folder: Path) -> MirrorAddress:
        """The address in a URL, or in the path of a journal or SQLite file.

        Pictures lie beside a file, and in the study's own folder where the storage is a server.

        Raises:
            ConfigError: the text is neither; the message does not repeat it.
        """
        if "://" not in text and not SUSPICIOUS.intersection(text) and text.isprintable():
            return cls._of_file(text)
        url = URL.fullmatch(text)
        if url is None or not url["place"].strip("/") or not text.isprintable() or _half_an_account(url):
            raise ConfigError(
                "--mirror is no address of an Optuna storage; expected is sqlite:///file.db, "
                "postgresql://user:password@host/name, redis://host or the path of a journal file "
                "without @, ? and ="
            )
        account = f"{HIDDEN}@" if url["account"] else ""
        shown = f"{url['scheme']}://{account}{url['place']}{'?' + HIDDEN if url['query'] else ''}"
        if url["scheme"].startswith("sqlite"):
            return cls._of_database(text, shown, url)
        return cls(text, shown, study_folder / "artifacts")

    @classmethod
    def _of_database(cls, text: str, shown: str, url: re.Match[str]) -> MirrorAddress:
        written = url["place"].removeprefix("/")
        place = as_in_a_shell(written)
        start, end = url.span("place")
        text = f"{text[:start]}/{place}{text[end:]}" if place != written else text
        return cls(text, shown, _beside(Path(place)))

    @classmethod
    def _of_file(cls, text: str) -> MirrorAddress:
        path = Path(as_in_a_shell(text))
        if not text.strip() or path.is_dir():
            raise ConfigError(
                f"--mirror is {text!r}, but expected is a file or a URL such as sqlite:///file.db"
            )
        url = f"sqlite:///{path}" if _is_sqlite(path) else str(path)
        return cls(url, url, _beside(path))

    def open(self) -> BaseStorage:
        """The storage, made where there is none; loads Optuna, and raises whatever its packages raise."""
        from optuna.exceptions import ExperimentalWarning
        from optuna.storages import JournalStorage, RDBStorage
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalRedisBackend

        if self.text.startswith("redis"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                return JournalStorage(JournalRedisBackend(self.text))
        if self.text.startswith("sqlite"):
            waiting = {"connect_args": {"timeout": SHARED_FILE_SECONDS}}
            return RDBStorage(self.text, engine_kwargs=waiting)
        if "://" in self.text:
            return RDBStorage(self.text, engine_kwargs={"pool_pre_ping": True})
        # A lock on a relative path would never be given up after a crash.
        path = str(Path(self.text).absolute())
        return JournalStorage(JournalFileBackend(path, lock_obj=JournalFileOpenLock(path)))

    def without_secrets(self, message: str) -> str:
        """The message of an error with everything hidden that `shown` hides."""
        url = URL.fullmatch(self.text)
        if url is None:
            return message
        account = url["account"] or ""
        secrets = [self.text, account, *account.split(":", 1)]
        secrets += [part.partition("=")[2] for part in (url["query"] or "").split("&")]
        for secret in sorted({*secrets, *map(unquote, secrets)}, key=len, reverse=True):
            # Whole words, since a short password may be a part of any.
            message = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, message) if secret else message
        return message


def _half_an_account(url: re.Match[str]) -> bool:
    """Whether what stands for a host and its port may be a user and a password, the host forgotten."""
    host, _, _ = url["place"].partition("/")
    port = re.sub(r"\[[0-9a-fA-F:.]+\]", "", host).partition(":")[2]
    return bool(port) and not (port.isascii() and port.isdigit())


def _is_sqlite(path: Path) -> bool:
    try:
        # A pipe of that name would be waited for.
        with path.open("rb") if path.is_file() else io.BytesIO() as file:
            start = file.read(len(SQLITE_HEADER))
    except OSError:
        start = b""
    return start == SQLITE_HEADER or (not start and path.suffix in SQLITE_SUFFIXES)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}-artifacts")
