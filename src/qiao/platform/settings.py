"""Settings: defaults, then one TOML file, then QIAO_… in the environment; each value knows where it came from."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from qiao.platform.settings_voice import VoiceSettings


def config_file() -> Path:
    """The TOML file read: QIAO_CONFIG, else qiao.toml in the working folder."""
    return Path(os.environ.get("QIAO_CONFIG", "qiao.toml"))


class SmppLink(BaseModel):
    """A link to an SMS centre; times in seconds. `name` is the centre's, the same for all links to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9-]{1,30}$")
    host: str
    port: int = Field(ge=1, le=65535)
    system_id: str = Field(max_length=15)
    password: SecretStr = Field(SecretStr(""), max_length=8)
    system_type: str = Field("", max_length=12)
    mode: Literal["transceiver", "transmitter", "receiver"] = "transceiver"
    binds: int = Field(1, ge=1, le=50)
    """How many connections of this kind."""
    window: int = Field(100, ge=1, le=5000)
    """Submissions under way without an answer, a connection."""
    sender: str = Field("", pattern=r"^(\+?[0-9]{0,20}|[ -~]{1,11})$")
    """Where a message names no service number: digits, or a name of at most 11 letters (TS 23.040 9.1.2.5)."""
    source_ton: int = Field(0, ge=0, le=7)
    source_npi: int = Field(1, ge=0, le=18)
    alphabet: Literal["gsm", "latin-1", "ascii", "utf-8"] = "gsm"
    """What the centre means by data_coding 0."""
    joining: Literal["udh", "sar", "payload"] = "udh"
    """How parts of a long text are told."""
    ids: Literal["text", "hex", "decimal", "hex in receipts", "decimal in receipts"] = "text"
    """How the centre writes message ids."""
    tls: bool = False
    answer_seconds: float = Field(30.0, gt=0, le=600)
    quiet_seconds: float = Field(30.0, gt=0, le=600)


class Settings(BaseSettings):
    """All that an operator may set for one process; times in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="QIAO_", extra="forbid", frozen=True)

    database_url: str = Field("", description="PostgreSQL >= 15; empty means the embedded server in data_folder")
    database_pooled_url: str = Field("", description="optional pooler for plain work; never used for LISTEN")
    database_pool_size: int = Field(10, ge=2, le=200, description="connections a process keeps at most")
    data_folder: Path = Field(Path(".qiao"), description="embedded database, files and logs")
    host: str = Field("127.0.0.1", description="address the web process binds to")
    port: int = Field(8420, ge=0, le=65535, description="port of the web process")
    public_url: str = Field("", description="address people type, for links and origin checks; empty: host and port")
    mode: Literal["production", "demo", "test"] = Field("production", description="demo mounts handset and clock")
    secret_key: SecretStr = Field(SecretStr(""), description="signs visitor tokens; at least 32 characters")
    default_language: str = Field("zh-CN", description="screens and texts where nobody's wish is known")
    default_zone: str = Field("Asia/Shanghai", description="IANA zone of the centre")
    region: str = Field("CN", description="ISO country of numbers typed without a country code")
    session_seconds_max: int = Field(12 * 3600, ge=60, description="a session ends after this")
    session_idle_seconds_max: int = Field(15 * 60, ge=60, description="staff screens lock after this without a click")
    code_seconds_max: int = Field(600, ge=30, description="a one-time code is good this long (NIST 800-63B: <= 600)")
    upload_bytes_max: int = Field(10 * 1024 * 1024, ge=1024, description="largest file a customer may send")
    chat_message_bytes_max: int = Field(64 * 1024, ge=256, description="largest chat frame")
    sms_part_price: str = Field(
        "0.10", pattern=r"^[0-9]{1,4}(\.[0-9]{1,2})?$", description="what a part of an SMS costs"
    )
    sms_national_tables: bool = Field(False, description="Spanish, Portuguese, Turkish letters in GSM-7 (TS 23.038 A)")
    demo_control_port: int = Field(0, ge=0, le=65535, description="the demo's own SMS centre; 0: it has none")
    demo_pay_port: int = Field(0, ge=0, le=65535, description="the demo's own payment provider; 0: it has none")
    smpp_links: tuple[SmppLink, ...] = Field((), description="links to SMS centres, for `qiao sms gateway`")
    asterisk: str = Field(
        "", description="Asterisk >= 22: its program, or an unpacked folder; empty: this machine's own"
    )
    voice: VoiceSettings = Field(VoiceSettings(), description="calls: ports, trunks, what may be dialled out")
    contact_costs: dict[str, Annotated[str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,4})?$")]] = Field(
        {
            "": "0.05",
            "sms": "0.12",
            "chat": "0.10",
            "portal": "0.03",
            "voice": "0.40",
            "person": "8.00",
            "person.chat": "6.00",
            "person.sms": "5.00",
            "person.voice": "9.00",
        },
        description='what a contact costs, by channel; "person.<channel>" with a person; "" and "person" for the rest',
    )
    assistant_url: str = Field("", description="base of an OpenAI-compatible API, such as http://host/v1; empty: none")
    assistant_key: SecretStr = Field(SecretStr(""), description="bearer key for the assistant")
    assistant_model: str = Field("default", description="the model that the assistant is asked for")
    assistant_seconds_max: float = Field(8.0, gt=0, le=60, description="no longer is the assistant waited for")
    assistant_reads_conversations: bool = Field(
        False, description="whether customers' words may leave the house for the assistant; without it none is asked"
    )
    sandbox_customers: int = Field(5000, ge=10, description="size of the sandbox operator's customer base")
    worker_concurrency: int = Field(8, ge=1, le=100, description="jobs one worker runs at once")
    worker_parts: frozenset[Literal["loops", "listeners", "jobs"]] = Field(
        frozenset({"loops", "listeners", "jobs"}),
        description="what it does (timers with listeners): a busy hall wants loops in a worker of their own",
    )
    log_level: str = Field("INFO", description="structlog level")
    log_json: bool = Field(False, description="JSON log lines")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml

    @property
    def address(self) -> str:
        """The public address without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def origins(settings: Settings) -> list[tuple[str, str, str]]:
    """(name, value shown, where from) for each setting; secrets are never shown."""
    path = config_file()
    in_file: dict[str, Any] = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    told = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if f"QIAO_{name.upper()}" in os.environ:
            origin = f"environment QIAO_{name.upper()}"
        elif name in in_file:
            origin = str(path)
        elif name in settings.model_fields_set:
            origin = "command line"
        else:
            origin = "default"
        told.append((name, _shown(name, value), origin))
        assert field.description, f"setting {name} has no description"
    return told


def _shown(name: str, value: Any) -> str:
    if isinstance(value, SecretStr):
        return "(set)" if value.get_secret_value() else "(not set)"
    if name.endswith("_url") and "@" in str(value):
        scheme, _, rest = str(value).partition("://")
        return f"{scheme}://…@{rest.rpartition('@')[2]}"
    return str(value)
