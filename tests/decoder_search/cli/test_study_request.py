"""What the options of a study mean, and which of them do not go together."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from color_models import save_color_classifier
from PIL import Image

from decoder_search.cli.study_request import bytes_of, cluster_of, cluster_workers, seconds_of, space_of
from decoder_search.execution.cluster import Cluster
from encodenet_core import ConfigError
from encodenet_core.models.pixel_forms import UNCHANGED

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1.5m", 90), (" 2 h ", 7200), ("9999999h", 35_999_996_400)]
)
def test_times_have_a_unit(text: str, seconds: float) -> None:
    assert seconds_of("--time-budget", text) == seconds


@pytest.mark.parametrize(
    ("text", "n_bytes"),
    [
        ("800MB", 800_000_000),
        ("1.5 GB", 1_500_000_000),
        ("4gb", 4_000_000_000),
        ("4GiB", 4 * 2**30),
        ("9999999GB", 9_999_999 * 10**9),
    ],
)
def test_amounts_of_memory_are_sizes(text: str, n_bytes: int) -> None:
    assert bytes_of("--trial-memory", text) == n_bytes


@pytest.mark.parametrize("text", ["", "5", "0s", "-1s", "1d", "1e3s", "ten minutes", "9" * 400 + "h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="^--time-budget is .* expected is a time such as 90s, 30m or 2h$"):
        seconds_of("--time-budget", text)


@pytest.mark.parametrize("text", ["", "5", "0GB", "0.9MB", "4G", "9" * 400 + "GB"])
def test_what_is_no_amount_of_memory_is_refused(text: str) -> None:
    with pytest.raises(
        ConfigError, match="^--trial-memory is .* expected is an amount such as 800MB or 4GB$"
    ):
        bytes_of("--trial-memory", text)


def test_what_is_left_out_limits_nothing() -> None:
    assert seconds_of("--time-budget", None) is None
    assert bytes_of("--max-disk", None) is None


def test_without_an_address_trials_run_on_this_machine() -> None:
    assert cluster_of(None, None, None, None) is None


@pytest.mark.parametrize(
    ("options", "cluster"),
    [
        ((None, None, None), Cluster("auto", 1, 0.0, None)),
        ((4, 0.5, "/shared"), Cluster("auto", 4, 0.5, "/shared")),
        ((None, 2.0, None), Cluster("auto", 1, 2.0, None)),
        ((None, 0.0, None), Cluster("auto", 1, 0.0, None)),
    ],
)
def test_a_cluster_is_what_its_options_say(
    options: tuple[int | None, float | None, str | None], cluster: Cluster
) -> None:
    assert cluster_of("auto", *options) == cluster


def test_on_a_cluster_as_many_trials_run_as_fit_or_as_are_asked_for() -> None:
    assert cluster_workers(None, 1, None) is None
    assert cluster_workers(None, 1, "12") == 12


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((2, None, None), "--cpus-per-trial is 2, but trials run on this machine; give --ray ADDRESS too"),
        ((None, 0.0, None), "--gpus-per-trial is 0.0, but trials run on this machine"),
        ((None, None, "/shared"), "--ray-cache is /shared, but trials run on this machine"),
    ],
)
def test_options_of_a_cluster_are_refused_without_one(
    options: tuple[int | None, float | None, str | None], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        cluster_of(None, *options)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((0, None, None), "--cpus-per-trial is 0, but expected is 1 or more"),
        ((None, 1.5, None), "--gpus-per-trial is 1.5, but expected is a share of one GPU such as 0.5, or a"),
        ((None, -1.0, None), "--gpus-per-trial is -1, but expected is a share"),
        ((None, float("inf"), None), "--gpus-per-trial is inf, but expected is a share"),
        ((None, float("nan"), None), "--gpus-per-trial is nan, but expected is a share"),
        ((None, None, "cache"), "--ray-cache is 'cache', but machines of a cluster have no working folder"),
    ],
)
def test_options_of_a_cluster_that_make_no_sense_are_refused(
    options: tuple[int | None, float | None, str | None], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        cluster_of("auto", *options)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("0,1", 1, None), "--gpus is 0,1, which are devices of this machine, but trials run on the cluster"),
        (
            (None, 2, None),
            "--per-gpu is 2, but trials run on the cluster of --ray; give --gpus-per-trial 0.5",
        ),
        ((None, 0, None), "--per-gpu is 0, but trials run on the cluster of --ray"),
        ((None, 1, "auto"), "--workers auto measures this machine, but trials run on the cluster of --ray"),
        ((None, 1, "0"), "--workers is '0', but expected is a whole number from 1 on"),
        ((None, 1, "many"), "--workers is 'many', but expected is a whole number from 1 on"),
        ((None, 1, "²"), "--workers is '²', but expected is a whole number from 1 on"),
        ((None, 1, "9" * 5000), "but expected is a whole number from 1 on"),
    ],
)
def test_options_of_this_machine_are_refused_on_a_cluster(
    options: tuple[str | None, int, str | None], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        cluster_workers(*options)
    assert said in str(refused.value)


def test_the_command_refuses_them_in_one_line_and_writes_nothing(
    decoder_search: Command, tmp_path: Path
) -> None:
    refused = decoder_search("run", "--ray", "auto", "--workers", "auto")
    assert (refused.exit_code, refused.output, refused.errors.count("\n")) == (2, "", 1)
    assert refused.errors.startswith("error: --workers auto measures this machine")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_addresses_without_a_cluster_are_refused_in_one_line_before_anything_is_written(
    decoder_search: Command, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{free.getsockname()[1]}"
    for address, said in (
        ("10.0.0.5", "--ray is '10.0.0.5', but expected is auto, local, host:port or ray://host:port"),
        (closed, f"nobody answers at {closed} ("),
        (f"ray://{closed}", f"nobody answers at ray://{closed} ("),
    ):
        refused = decoder_search("run", "--ray", address)
        assert (refused.exit_code, refused.output, refused.errors.count("\n")) == (2, "", 1), refused
        assert said in refused.errors
    assert list(tmp_path.iterdir()) == []


def test_photos_of_mixed_sizes_get_that_of_a_given_model_as_a_constant_of_the_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = save_color_classifier(tmp_path / "mine.keras", UNCHANGED)
    for number, size in enumerate(((8, 8), (12, 9))):
        place = tmp_path / "photos" / f"class{number}"
        place.mkdir(parents=True)
        Image.new("RGB", size).save(place / "one.png")
    given, photos = f"baseline.model={model}", str(tmp_path / "photos")
    space = space_of("digits", photos, None, [given])
    assert space.constants["dataset.image_size"] == [8, 8]
    assert capsys.readouterr().err == (
        "images are brought to the size of the model: dataset.image_size is [8, 8]\n"
    )
    named = space_of("digits", photos, None, [given, "dataset.image_size=[16, 16]"])
    assert named.constants["dataset.image_size"] == [16, 16]
    assert "dataset.image_size" not in space_of("digits", photos, None, None).constants
    assert capsys.readouterr().err == ""
