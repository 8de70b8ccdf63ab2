"""What a user can do about an error of the operating system."""

from __future__ import annotations

import errno

import pytest

from encodenet_core.errors import (
    ConfigError,
    is_full,
    one_line,
    printable,
    reason_of,
    remedy_for,
    unknown_name,
    with_remedy,
)


@pytest.mark.parametrize(
    "number",
    [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO],
    ids=errno.errorcode.get,
)
def test_a_disk_that_takes_nothing_needs_room_or_permission(number: int) -> None:
    error = OSError(number, "no")
    assert remedy_for(error) == "make room there, or allow writing"
    assert is_full(error) == (number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


@pytest.mark.parametrize(
    "number",
    [errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP],
    ids=errno.errorcode.get,
)
def test_a_wrong_place_needs_another_path(number: int) -> None:
    assert remedy_for(OSError(number, "no")) == "move away what is there, or give another path"


def test_an_array_that_was_cut_off_means_a_full_disk() -> None:
    assert is_full(OSError("10000 requested and 123 written"))
    assert not is_full(OSError("10000 requested"))


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EPIPE, errno.EBADF], ids=errno.errorcode.get)
def test_what_no_user_can_mend_has_no_remedy(number: int) -> None:
    assert remedy_for(OSError(number, "no")) is None
    assert remedy_for(OSError("unexpected")) is None


def test_an_error_with_a_remedy_is_one_line_and_any_other_none() -> None:
    full = OSError(errno.ENOSPC, "No space\nleft", "a/file")
    assert with_remedy(full) == r"[Errno 28] No space left: 'a/file'; make room there, or allow writing"
    assert with_remedy(OSError("unexpected")) is None


def test_a_text_is_brought_on_one_line_of_printable_characters() -> None:
    assert one_line("  Zahl\n\tfür \x1b[31mrot\x00 \u2028") == "Zahl für [31mrot"


def test_a_long_line_is_cut_where_that_can_be_seen() -> None:
    assert one_line("a\nbc", 4) == "a bc"
    assert one_line("a\nbcd", 4) == "a b…"


def test_a_path_keeps_its_spaces_and_cannot_steer_a_terminal() -> None:
    assert printable("two  spaces/\x1b]0;title\x07\ud800a\nb") == "two  spaces/]0;titlea b"
    assert str(ConfigError("a\x1b[31m\r\nb")) == "a[31m  b"


def test_an_error_without_a_message_is_told_by_its_type() -> None:
    assert reason_of(ValueError("one\nline")) == "one line"
    assert reason_of(MemoryError()) == "MemoryError"


def test_a_near_name_is_suggested_beside_all_that_are_known() -> None:
    message = str(unknown_name("search space", "digts", ("cifar10", "digits")))
    assert message == "unknown search space 'digts'; did you mean 'digits'? known are cifar10, digits"


def test_where_no_name_is_near_the_known_ones_are_listed() -> None:
    assert str(unknown_name("column", "zzz", ("rank",))) == "unknown column 'zzz'; known are rank"
