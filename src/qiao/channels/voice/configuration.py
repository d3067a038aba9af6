"""Asterisk's configuration, written anew at each start from the settings: pure text, nothing edited by hand.

Asterisk is a media engine here. Its dialplan only brings a call to a worker, and keeps the caller company while there
is none; nothing in it can dial out.
"""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qiao.channels.voice.programs import Programs
from qiao.platform.settings_voice import VoiceSettings, VoiceTrunk

ARI_USER: Final = "qiao"
HOLD_CLASS: Final = "default"
CLAIM_MILLISECONDS: Final = 500
RETRY_SECONDS: Final = 2
BACK: Final = "back"
"""Category of the groups in which calls to the fallback number are counted."""
TRIES_MAX: Final = 30
"""So often a caller whom no worker takes is offered again, before the fallback number rings."""
_WANTED: Final = """
res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_crypto res_http_websocket
res_pjproject res_pjsip res_pjsip_session res_pjsip_pubsub res_pjsip_registrar res_pjsip_authenticator_digest
res_pjsip_outbound_authenticator_digest res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
res_pjsip_sdp_rtp res_pjsip_nat res_pjsip_rfc3326 res_pjsip_caller_id res_pjsip_dtmf_info res_pjsip_refer
res_pjsip_header_funcs res_pjsip_transport_websocket res_pjsip_empty_info chan_pjsip chan_bridge_media
res_websocket_client res_rtp_asterisk res_srtp codec_ulaw codec_alaw codec_a_mu codec_gsm codec_resample codec_g722
codec_opus_open_source format_pcm format_wav format_sln format_gsm bridge_simple bridge_native_rtp
bridge_softmix bridge_holding res_musiconhold res_stasis res_stasis_answer res_stasis_playback
res_stasis_recording res_stasis_snoop app_stasis res_stasis_broadcast app_stasis_broadcast res_ari res_ari_model
res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels res_ari_endpoints res_ari_events
res_ari_playbacks res_ari_recordings app_exec app_dial app_playback app_stack func_callerid
func_channel func_logic func_strings func_math func_groupcount func_talkdetect func_hangupcause pbx_config
"""
MODULES: Final = tuple(_WANTED.split())
RECOGNITION_MODULES: Final = ("chan_websocket",)
ENDPOINT: Final = """\
allow_transfer=no
disallow=all
allow=alaw,ulaw,g722
direct_media=no
dtmf_mode=auto
rtp_timeout=30
rtp_timeout_hold=300
send_connected_line=no
timers=no
"""
"""`allow_transfer=no`: a REFER would send whom it names into the dialplan, past routing; who goes where is ours to say.

`send_connected_line=no`: else the caller is invited anew at each change of a bridge."""
DIALPLAN: Final = """
[hotline]
exten => _[+0-9].,1,Set(DIALLED=${{FILTER(+0-9*#,${{EXTEN}})}})
 same => n,StasisBroadcast({claim},^qiao-.*,${{DIALLED}}:${{TRUNK}})
 same => n,Goto(fallback,s,1)

; No worker took the call, or the worker that had it is gone: the caller hears us and is offered again and again.
[fallback]
exten => s,1,GotoIf($["${{STASISSTATUS}}" = "SUCCESS"]?bye)
 same => n,Set(TRIES=$[0${{TRIES}} + 1])
 same => n,Answer()
 same => n,GotoIf($[${{TRIES}} > {tries}]?overflow)
 same => n,ExecIf($[${{TRIES}} = 1]?Playback({wait}))
 same => n,MusicOnHold({hold},{retry})
 same => n,StasisBroadcast({claim},^qiao-.*,${{DIALLED}}:${{TRUNK}}:${{QIAO_CALL}})
 same => n,Goto(s,1)
 same => n(overflow),NoOp(nobody took this call)
{overflow} same => n(sorry),ExecIf($["${{DIALSTATUS}}" != "ANSWER"]?Playback({goodbye}))
 same => n(bye),Hangup()
; A worker could not begin the call and gave it back.
exten => again,1,Set(STASISSTATUS=)
 same => n,Goto(s,1)

[nowhere]
"""


@dataclass(frozen=True)
class Company:
    """What a caller hears whom no worker takes: sounds as Playback wants them, without their ending, joined by "&"."""

    wait: str
    goodbye: str


ASTERISKS_OWN: Final = Company("pls-hold-while-try", "vm-goodbye")
"""In English, where nothing could be spoken."""


@dataclass(frozen=True)
class RunFolder:
    """Where one Asterisk keeps what it writes; `sockets` has a short name, as sockets must."""

    folder: Path
    sockets: Path

    @property
    def etc(self) -> Path:
        return self.folder / "etc"

    @property
    def main_file(self) -> Path:
        return self.etc / "asterisk.conf"

    @property
    def log(self) -> Path:
        """What it writes of itself, its last words among it."""
        return self.folder / "log" / "start.log"

    @property
    def folders(self) -> tuple[Path, ...]:
        """All that must be there before it starts."""
        names = ("etc", "lib", "lib/keys", "lib/sounds", "spool", "spool/recording", "spool/tmp", "log", "moh")
        return (self.folder, *(self.folder / name for name in names))


def modules(voice: VoiceSettings) -> tuple[str, ...]:
    """What Asterisk loads, and nothing else."""
    return MODULES + (RECOGNITION_MODULES if voice.speech_recognition else ())


def files(
    voice: VoiceSettings, programs: Programs, run: RunFolder, password: str, company: Company = ASTERISKS_OWN
) -> dict[str, str]:
    """Every file of the configuration folder by name."""
    empty = dict.fromkeys((f"{name}.conf" for name in _UNSAID), "")
    return empty | {
        "asterisk.conf": _main(programs, run),
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load = {name}.so\n" for name in modules(voice)),
        # Notices tell of each stranger that knocks: without them a flood of those fills no disk.
        "logger.conf": "[general]\ndateformat=%F %T.%3q\n[logfiles]\nconsole => warning,error\n",
        "http.conf": f"[general]\nservername=\nenabled=yes\nbindaddr=127.0.0.1\nbindport={voice.http_port}\n"
        "sessionlimit=1000\n",
        "ari.conf": f"[general]\nenabled=yes\npretty=no\nwebsocket_write_timeout=2000\n\n[{ARI_USER}]\ntype=user\n"
        f"read_only=no\npassword={password}\npassword_format=plain\n",
        "rtp.conf": f"[general]\nrtpstart={voice.rtp_first}\nrtpend={voice.rtp_last}\nstrictrtp=yes\nicesupport=yes\n",
        "musiconhold.conf": f"[general]\n[{HOLD_CLASS}]\nmode=files\ndirectory={run.folder}/moh\n",
        "pjsip.conf": _sip(voice),
        # A message that is no SIP is not our error: without this each stranger's would be a line.
        "pjproject.conf": "[log_mappings]\ntype=log_mappings\nasterisk_error=\nasterisk_warning=\nasterisk_notice=\n"
        "asterisk_verbose=\nasterisk_debug=0,1,2,3,4,5\n",
        "sorcery.conf": "[res_pjsip]\n"
        + "".join(f"{kind}=config,pjsip.conf,criteria=type={kind}\n{kind}=astdb,ps_{kind}\n" for kind in _MADE_LATER),
        "extensions.conf": _dialplan(voice, company),
        "indications.conf": "[general]\ncountry=cn\n[cn]\ndescription=tones\nringcadence=1000,4000\n"
        "busy=450/350,0/350\n"
        "ring=450/1000,0/4000\ncongestion=450/700,0/700\n",
        "cdr.conf": "[general]\nenable=no\n",
    }


_UNSAID: Final = (
    "acl", "ccss", "cel", "chan_websocket", "cli", "cli_permissions", "codecs", "dnsmgr", "dsp", "extconfig",
    "features", "manager", "stasis", "udptl", "websocket_client",
)  # fmt: skip
"""Files that must be there, though their defaults hold."""
_MADE_LATER: Final = ("endpoint", "auth", "aor")
"""Agents' telephones are made while Asterisk runs, and are kept in its own small database."""


def _main(programs: Programs, run: RunFolder) -> str:
    folder = run.folder
    places = {
        "astetcdir": run.etc,
        "astmoddir": programs.modules,
        "astdatadir": programs.share,
        "astvarlibdir": folder / "lib",
        "astdbdir": folder / "lib",
        "astkeydir": folder / "lib",
        "astagidir": folder / "lib",
        "astspooldir": folder / "spool",
        "astrundir": run.sockets,
        "astlogdir": folder / "log",
        "astcachedir": folder / "spool" / "tmp",
        "astsbindir": programs.asterisk.parent,
    }
    told = "".join(f"{name} => {path}\n" for name, path in places.items())
    options = "verbose = 0\ndebug = 0\nmaxfiles = 65536\nnocolor = yes\nlive_dangerously = no\n"
    return f"[directories]\n{told}\n[options]\n{options}"


def _sip(voice: VoiceSettings) -> str:
    address = f"[{voice.sip_host}]" if ":" in voice.sip_host else voice.sip_host
    # A trunk is known by its address alone (identify_by), so whoever calls himself by its name is not the trunk;
    # an agent by his name alone, which he proves, though his messages come from this machine, as a trunk's may.
    # No endpoint "anonymous" and no module for one: calls from elsewhere are refused.
    told = (
        "[global]\ntype=global\nuser_agent=qiao\nendpoint_identifier_order=username,ip\nmax_forwards=70\n"
        "unidentified_request_count=5\nunidentified_request_period=5\n\n"
        "[system]\ntype=system\nthreadpool_initial_size=5\nthreadpool_auto_increment=5\nthreadpool_max_size=50\n\n"
        f"[udp]\ntype=transport\nprotocol=udp\nbind={address}:{voice.sip_port}\n\n"
        "[ws]\ntype=transport\nprotocol=ws\nbind=127.0.0.1\n\n"
    )
    return told + "\n".join(_trunk(trunk, voice.sip_host) for trunk in voice.trunks)


def trunk_endpoint(name: str) -> str:
    """What Asterisk calls a trunk."""
    return f"trunk-{name}"


def media_bound(host: str) -> dict[str, str]:
    """What has an endpoint's sound come and go by this address alone, where it is one; rtp.conf knows no address.

    Else a leg would have its ports open on every address of the machine, wherever its transport says nothing else.
    """
    if ipaddress.ip_address(host).is_unspecified:
        return {}
    return {"media_address": host, "bind_rtp_to_media_address": "yes"}


def _trunk(trunk: VoiceTrunk, host: str) -> str:
    name = trunk_endpoint(trunk.name)
    vouched = "yes" if trunk.asserted else "no"
    told = f"[{name}]\ntype=endpoint\ntransport=udp\ncontext=from-{name}\n{ENDPOINT}aors={name}\nidentify_by=ip\n"
    told += "".join(f"{key}={value}\n" for key, value in media_bound(host).items())
    told += f"trust_id_inbound={vouched}\nsend_pai=yes\n"
    if trunk.digest:
        told += f"auth={name}\noutbound_auth={name}\n"
    told += f"\n[{name}]\ntype=aor\ncontact=sip:{trunk.host}:{trunk.port}\n"
    told += f"\n[{name}]\ntype=identify\nendpoint={name}\n" + "".join(f"match={one}\n" for one in trunk.allow)
    if trunk.digest:
        secret = trunk.password.get_secret_value()
        told += f"\n[{name}]\ntype=auth\nauth_type=userpass\nusername={trunk.username}\npassword={secret}\n"
    return told


def _carried(name: str) -> str:
    """How many calls a trunk carries, in and out, the one that asks among them."""
    return f"${{GROUP_COUNT({name})}} + ${{GROUP_COUNT({name}@{BACK})}}"


def _dialplan(voice: VoiceSettings, company: Company) -> str:
    told = "[globals]\n"
    for trunk in voice.trunks:
        name = trunk_endpoint(trunk.name)
        told += (
            f"\n[from-{name}]\n"
            f"exten => _[+0-9].,1,Set(GROUP()={name})\n"
            f" same => n,GotoIf($[{_carried(name)} > {trunk.calls_max}]?full)\n"
            f" same => n,Set(TRUNK={trunk.name})\n"
            " same => n,Goto(hotline,${EXTEN},1)\n"
            " same => n(full),Hangup(34)\n"
        )
    overflow = ""
    if voice.fallback and voice.trunks:
        first = voice.trunks[0]
        name = trunk_endpoint(first.name)
        overflow = f" same => n,Set(GROUP({BACK})={name})\n"  # the call that it makes is one more of that trunk's
        overflow += f" same => n,GotoIf($[{_carried(name)} > {first.calls_max}]?sorry)\n"
        overflow += f" same => n,Dial(PJSIP/{voice.fallback}@{name},60)\n"
    return told + DIALPLAN.format(
        claim=CLAIM_MILLISECONDS, tries=TRIES_MAX, hold=HOLD_CLASS, retry=RETRY_SECONDS, overflow=overflow,
        wait=company.wait, goodbye=company.goodbye,
    )  # fmt: skip
