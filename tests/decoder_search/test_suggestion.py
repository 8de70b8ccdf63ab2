from __future__ import annotations

from decoder_search.suggestion import unknown_name


def test_a_near_name_is_suggested_beside_all_that_are_known() -> None:
    message = str(unknown_name("search space", "digts", ("cifar10", "digits")))
    assert message == "unknown search space 'digts'; did you mean 'digits'? known are cifar10, digits"


def test_where_no_name_is_near_the_known_ones_are_listed() -> None:
    assert str(unknown_name("column", "zzz", ("rank",))) == "unknown column 'zzz'; known are rank"
