"""Settings, read once from the environment; a broken one names itself and stops the program."""

import contextlib
import os
import secrets
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from market.errors import SettingsError


class Settings(BaseSettings):
    """What a deployment may change. Every variable has the prefix ``WUJIN_`` but HOST and PORT."""

    model_config = SettingsConfigDict(env_prefix="WUJIN_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", validation_alias="HOST")
    port: int = Field(8000, ge=1, le=65535, validation_alias="PORT")
    data_dir: Path = Path("var")
    database_url: str = ""
    jobs_database_url: str = ""
    secret_key: str = ""
    secure_cookies: bool = False
    road_factor: float = Field(1.30, ge=1.0, le=3.0)
    road_tables: str = Field("", pattern=r"^((osrm|valhalla):https?://\S+)?$")
    road_profile: str = ""

    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'wujin.sqlite'}"

    def jobs_database(self) -> str:
        if self.jobs_database_url:
            return self.jobs_database_url
        if self.database_url and not self.database_url.startswith("sqlite"):
            return self.database_url
        return f"sqlite:///{self.data_dir.resolve() / 'jobs.sqlite'}"

    def secret(self) -> str:
        """Return the signing key; without a setting, one kept in the data directory."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret_key"
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text().strip()


def _write_once(path: Path, text: str) -> None:
    """Make the file whole or not at all; of several processes starting at once, the first wins."""
    own = path.with_name(f"{path.name}.{os.getpid()}")
    own.touch(mode=0o600)
    own.write_text(text)
    with contextlib.suppress(FileExistsError):
        os.link(own, path)
    own.unlink()


def load_settings() -> Settings:
    """Read the environment and make sure the data directory can be written.

    Raises:
        SettingsError: one sentence naming the setting and what is wrong with it.

    """
    try:
        settings = Settings()  # type: ignore[call-arg] # the environment gives the rest
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else f"WUJIN_{name.upper()}"
        raise SettingsError(f"{variable}: {first['msg']} (got {first['input']!r})") from error
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe = settings.data_dir / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"WUJIN_DATA_DIR: cannot write to {settings.data_dir}: {error.strerror}"
        ) from error
    return settings
