from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from optuna.storages import JournalStorage, RDBStorage

from decoder_search.mirror.address import MirrorAddress
from encodenet_core import ConfigError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sqlite:///my.db", "sqlite:///my.db"),
        ("postgresql://me:s3cret@host:5432/x", "postgresql://***@host:5432/x"),
        ("postgresql+psycopg://me:p@ss@host/x?sslpassword=abc", "postgresql+psycopg://***@host/x?***"),
        ("redis://:s3cret@host/0", "redis://***@host/0"),
        ("mysql://token@host/x#part", "mysql://***@host/x"),
        ("journal.log", "journal.log"),
    ],
)
def test_an_address_is_shown_without_account_and_options(text: str, shown: str) -> None:
    assert MirrorAddress.parse(text, Path("results/tiny")).shown == shown


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("sqlite:////data/my.db", "/data/my.db-artifacts"),
        ("sqlite:///my.db", "my.db-artifacts"),
        ("logs/journal.log", "logs/journal.log-artifacts"),
        ("postgresql://me:s3cret@host/x", "results/tiny/artifacts"),
    ],
)
def test_pictures_lie_beside_a_file_or_in_the_study(text: str, folder: str) -> None:
    assert MirrorAddress.parse(text, Path("results/tiny")).artifacts == Path(folder)


@pytest.mark.parametrize("text", ["", "  ", "://", "postgresql://", "me:s3cret://x", "post gres://a"])
def test_what_is_no_address_is_refused_without_repeating_a_secret(text: str) -> None:
    with pytest.raises(ConfigError, match="--mirror is .*expected is") as refused:
        MirrorAddress.parse(text, Path("results/tiny"))
    assert "s3cret" not in str(refused.value)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected is a file or a URL"):
        MirrorAddress.parse(str(tmp_path), tmp_path)


def test_a_file_is_a_journal_unless_it_is_a_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "data") as database:
        database.execute("create table x (y)")
    database.close()
    journal = MirrorAddress.parse(str(tmp_path / "journal.log"), tmp_path)
    assert isinstance(journal.open(), JournalStorage)
    for name in ("data", "new.db"):
        database_file = MirrorAddress.parse(str(tmp_path / name), tmp_path)
        assert database_file.shown == f"sqlite:///{tmp_path / name}"


def test_a_database_is_opened_by_its_url(tmp_path: Path) -> None:
    storage = MirrorAddress.parse(f"sqlite:///{tmp_path}/x.db", tmp_path).open()
    assert isinstance(storage, RDBStorage)
    assert storage.get_all_studies() == []
    storage.engine.dispose()


def test_messages_lose_whatever_may_be_secret_and_keep_the_rest() -> None:
    address = MirrorAddress.parse("postgresql://me:p%40ss@host/x?sslpassword=abc&x=y", Path())
    said = f"cannot use {address.text}: me with p%40ss or p@ss, abc is wrong; yes, the rest stays"
    assert (
        address.without_secrets(said)
        == "cannot use ***: *** with *** or ***, *** is wrong; yes, the rest stays"
    )
    assert MirrorAddress.parse("x.log", Path()).without_secrets("x.log is full") == "x.log is full"
