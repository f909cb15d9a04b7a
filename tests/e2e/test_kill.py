"""kill -9 in the middle of a run, then the same command again: the same final state."""

import os
import signal
import subprocess
import sys

import psutil
import psycopg
import pytest

from tests.e2e.homes import DAY, ROOT, TENANT, Home, installation, prepare_one_day
from tests.postgres import superuser

MOMENTS = ("kempt__quarantine", "kempt__crosswalk", "kempt__proposals")


@pytest.mark.timeout(600)
def test_a_killed_run_that_is_run_again_ends_in_the_same_state(one_day_home):
    with installation() as home:
        # The same keys, because ids are minted and digests made from them.
        share_master_key(one_day_home, home)
        prepare_one_day(home)
        share_tenant_keys(one_day_home, home)

        killed = [killed_at(home, step) for step in MOMENTS]
        home.kempt("run", "--tenant", TENANT, "--day", DAY)

        assert killed == [True, True, True]
        assert home.state() == one_day_home.state()


def killed_at(home: Home, step: str) -> bool:
    """Starts the run and kills all of it once a step has begun; False when it ended before."""
    from kempt.cli.children import dagster_environment

    settings = prepare_settings(home)
    child = subprocess.Popen(
        [sys.executable, "-m", "orchestration.launch", f"land {TENANT} {DAY}, hygiene {TENANT}"],
        cwd=ROOT, env=dagster_environment(settings) | home.environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    for line in child.stdout:
        if "step_start" in line and f'"step": "{step}"' in line:
            for each in [*psutil.Process(child.pid).children(recursive=True), psutil.Process(child.pid)]:
                os.kill(each.pid, signal.SIGKILL)
            child.wait()
            return True
    child.wait()
    return False


def prepare_settings(home: Home):
    import dataclasses

    return dataclasses.replace(home.settings, project=ROOT)


def share_master_key(one: Home, other: Home) -> None:
    """Both installations under one master key."""
    other.settings.keys.mkdir(parents=True)
    other.settings.master_key_file.write_bytes(one.settings.master_key_file.read_bytes())
    other.settings.master_key_file.chmod(0o600)


def share_tenant_keys(one: Home, other: Home) -> None:
    """Both installations' tenants under the same wrapped keys."""
    with psycopg.connect(superuser(one.settings).conninfo()) as connection:
        keys = connection.execute("select tenant, wrapped_key, key_fingerprint from kempt.tenant_key").fetchall()
    with psycopg.connect(superuser(other.settings).conninfo()) as connection:
        for tenant, wrapped, fingerprint in keys:
            connection.execute(
                "update kempt.tenant_key set wrapped_key = %s, key_fingerprint = %s where tenant = %s",
                [wrapped, fingerprint, tenant],
            )
