"""All settings of all processes: one frozen object, read from the environment once per process."""

from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from dialer.core.compliance import Caps


class Settings(BaseSettings):
    """Every knob, each overridable as `TIANZHOU_<NAME>`; the README prints this table."""

    model_config = SettingsConfigDict(env_prefix="TIANZHOU_", frozen=True)

    data_dir: Path = Field(Path("var"), description="everything a run writes lies under this folder")
    database_url: str = Field("", description="empty = our own PostgreSQL in the data folder")
    http_host: str = Field("127.0.0.1", description="address the api listens on")
    http_port: int = Field(0, description="0 = 8000 when free, else the next free port, then kept")
    storage_url: str = Field("", description="empty = local folder; s3://bucket/prefix for any S3")
    storage_endpoint: str = Field("", description="address of an S3 not Amazon's; its credentials are AWS_*")
    retention_min_days: int = Field(30, ge=0, description="no recording is erased before, whoever orders it")
    node: str = Field("node-1", description="name of this Asterisk node and its dialer")
    zone: str = Field("Asia/Shanghai", description="the centre's time zone: days and hours are shown in it")
    session_idle_s: int = Field(7200, description="a login unused for so long ends; every login ends after 12 hours")
    debian_mirror: str = Field("", description="empty = the mirror of this machine's own apt configuration")
    debian_suites: str = Field("forky sid", description="suites to look for Asterisk in, best first")
    apt_check_valid_until: bool = Field(True, description="false accepts a mirror past its date")
    disk_reserve_mb: int = Field(
        1024, description="less free space in the spool, or two hours of the calls, stops dialing"
    )
    lease_s: float = Field(6.0, description="a dialer's lease on its node, renewed at a third of it")
    trunks: str = Field("practice", description="names of the trunks in pjsip.conf, separated by blanks")
    trunk_cps: float = Field(5.0, description="calls per second a trunk takes")
    trunk_channels: int = Field(60, description="channels a trunk takes at once")
    caller_ids: str = Field("10010", description="caller numbers that may be shown, separated by blanks")
    calls_per_day: int = Field(1, description="dials of one number in 24 hours, all campaigns together")
    calls_per_30_days: int = Field(3, description="dials of one number in 30 days, all campaigns together")
    calls_per_life: int = Field(10, description="dials of one number ever, all campaigns together")
    backup_at: str = Field("02:30", description="when the nightly backup is made, in the zone; empty = never")
    backup_dir: str = Field("", description="where backups are kept; empty = backup/ in the data folder")
    backup_keep: int = Field(7, ge=1, description="so many complete backups are kept, the newest")
    tsa_url: str = Field("", description="an RFC 3161 authority that stamps the ledger each hour; empty = none")
    tsa_ca: str = Field("", description="PEM file of its root certificates; empty = its signatures are not checked")
    drain_s: float = Field(10.0, description="at an ordered stop, talking calls have so many seconds to end")
    self_test_every_s: float = Field(3600, ge=0, description="the recorder gets a test call so often; 0 = never")
    callback_remind_s: float = Field(300, ge=0, description="an agent is reminded of his callback so long before")
    callback_away_s: float = Field(900, ge=60, description="an absent agent's callback is the team's so long after")
    metrics_token: SecretStr = Field(SecretStr(""), description="empty = /metrics is public; else its bearer token")
    alarm_webhook: str = Field(
        "", description="https address that each incident is posted to; empty = the console alone"
    )
    alarm_webhook_private: bool = Field(False, description="true lets that address be in a private network")
    answer_window_s: float = Field(2.0, description="an answered call waits this long for an agent (47 CFR 64.1200)")

    @property
    def root(self) -> Path:
        """The data folder, absolute."""
        return self.data_dir.absolute()

    def caps(self) -> Caps:
        """How often a number may be dialed, and which caller numbers may be shown."""
        return Caps(
            self.calls_per_day,
            self.calls_per_30_days,
            self.calls_per_life,
            frozenset(self.caller_ids.split()),
        )


@cache
def settings() -> Settings:
    """The process's settings; read once."""
    return Settings()
