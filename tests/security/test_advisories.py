"""Whether a package that we install has a known hole."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.soak
def test_no_installed_package_has_a_published_hole() -> None:
    pytest.importorskip("pip_audit")
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--skip-editable",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        pytest.skip(f"not tried: the advisory service did not answer ({last[:200]})")
    found = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {hole['fix_versions']}"
        for each in packages
        for hole in each.get("vulns", ())
    ]
    assert found == []
