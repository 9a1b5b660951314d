"""A broken setting names itself in one line."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def wujin(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "WUJIN_DATA_DIR": str(tmp_path / "data"), **variables}
    return subprocess.run(
        [sys.executable, "-m", "market", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("WUJIN_ROAD_FACTOR", "0.2"),
        ("WUJIN_SECURE_COOKIES", "7"),
    ],
)
def test_a_broken_setting_is_one_line_and_exit_2(tmp_path, variable, value):
    run = wujin(tmp_path, "serve", **{variable: value})
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    assert variable in run.stderr
    assert value in run.stderr


def test_a_busy_port_is_one_line_and_exit_2(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = wujin(tmp_path, "up", PORT=port)
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    assert port in run.stderr


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file, not a directory")
    run = wujin(tmp_path, "serve")
    assert run.returncode == 2
    assert "WUJIN_DATA_DIR" in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "url",
    ["sqlite:////no/such/folder/x.sqlite", "oracle-of-delphi://x", "not a url"],
)
@pytest.mark.parametrize("command", ["db upgrade", "demo load", "serve", "worker"])
def test_a_database_that_cannot_be_used_is_one_line(tmp_path, command, url):
    run = wujin(tmp_path, *command.split(), WUJIN_DATABASE_URL=url)
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    assert "WUJIN_DATABASE_URL" in run.stderr


def test_processes_that_start_at_once_agree_on_one_signing_key(tmp_path):
    script = (
        "from pathlib import Path; from market.config import Settings;"
        f"print(Settings(data_dir=Path({str(tmp_path)!r})).secret())"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    keys = {run.communicate()[0].strip() for run in runs}
    assert len(keys) == 1
    assert len(keys.pop()) > 40
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
