"""Settings come from the environment, once, and keep their secrets to themselves."""

from pathlib import Path

import pytest

from kempt.errors import StopRun
from kempt.settings import load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "PROJECT", "DATABASE_URL", "LOG_LEVEL", "MASTER_KEY", "MASTER_KEY_FILE", "SPARK_URL"):
        monkeypatch.delenv(f"KEMPT_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_in_a_checkout_the_home_lies_beside_the_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").touch()
    (tmp_path / "deep" / "down").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "down")

    found = load_settings()

    assert (found.project, found.home) == (tmp_path, tmp_path / ".kempt")
    assert found.master_key_file == tmp_path / ".kempt" / "keys" / "master.key"


def test_without_a_checkout_the_home_lies_here(tmp_path: Path) -> None:
    found = load_settings()

    assert (found.project, found.home) == (None, tmp_path / ".kempt")


def test_everything_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "workspace.yaml").touch()
    monkeypatch.setenv("KEMPT_PROJECT", str(tmp_path / "checkout"))
    monkeypatch.setenv("KEMPT_HOME", "elsewhere")
    monkeypatch.setenv("KEMPT_DATABASE_URL", "postgresql://u:hush@db.example/x")
    monkeypatch.setenv("KEMPT_LOG_LEVEL", "debug")
    monkeypatch.setenv("KEMPT_MASTER_KEY", "hush")
    monkeypatch.setenv("KEMPT_MASTER_KEY_FILE", "/run/secrets/kempt")
    monkeypatch.setenv("KEMPT_SPARK_URL", "sc://spark.example:15002/;token=hush")
    monkeypatch.setenv("KEMPT_WEB_URL", "https://kempt.example/")
    monkeypatch.setenv("KEMPT_SMTP_URL", "smtps://kempt:hush@mail.example")
    monkeypatch.setenv("KEMPT_MAIL_FROM", "kempt@mail.example")
    monkeypatch.setenv("KEMPT_SLACK_URL_NORTH_2", "https://hooks.example/hush")
    monkeypatch.setenv("KEMPT_TEAMS_URL_SOUTH", "https://hooks.example/hush")
    monkeypatch.setenv("KEMPT_TEAMS_URL_NORTH", "")

    found = load_settings()

    assert (found.project, found.home, found.log_level) == (tmp_path / "checkout", tmp_path / "elsewhere", "DEBUG")
    assert found.database_url == "postgresql://u:hush@db.example/x"
    assert (found.master_key, found.master_key_file) == ("hush", Path("/run/secrets/kempt"))
    assert found.spark_url == "sc://spark.example:15002/;token=hush"
    assert (found.web_url, found.mail_from) == ("https://kempt.example", "kempt@mail.example")
    assert found.smtp_url == "smtps://kempt:hush@mail.example"
    assert (found.slack_urls, found.teams_urls) == (
        {"north_2": "https://hooks.example/hush"}, {"south": "https://hooks.example/hush"},
    )  # fmt: skip
    assert "hush" not in repr(found)


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEMPT_HOME", "")
    monkeypatch.setenv("KEMPT_DATABASE_URL", " ")

    found = load_settings()

    assert (found.home, found.database_url) == (tmp_path / ".kempt", None)


def test_every_folder_lies_in_the_home() -> None:
    found = load_settings()
    folders = (found.raw, found.drop, found.keys, found.checkpoints, found.logs, found.dagster, found.tenants, found.pg)

    assert {folder.parent for folder in folders} == {found.home}
    assert len(set(folders)) == len(folders)


def test_a_named_project_must_be_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEMPT_PROJECT", str(tmp_path))

    with pytest.raises(StopRun, match=r"workspace\.yaml"):
        load_settings()


def test_an_address_that_is_none_of_spark_connect_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEMPT_SPARK_URL", "spark://hush:7077")

    with pytest.raises(StopRun, match=r"sc://HOST:15002") as refused:
        load_settings()

    assert "hush" not in str(refused.value)


def test_an_unknown_log_level_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEMPT_LOG_LEVEL", "loud")

    with pytest.raises(StopRun, match="DEBUG, INFO, WARNING, ERROR"):
        load_settings()
