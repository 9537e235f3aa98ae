"""``earmark doctor``: the checks that the box makes of itself all the time, made once more, now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.adapters.supervision.kernel_clock import KernelClock
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.doctor.finding import Finding, Verdict
from firmware.cli.health.checks import health_list, process_answers
from firmware.config.loader import load_settings
from firmware.core import health_check
from firmware.core.health_check import CHECKS
from firmware.core.home import Home
from firmware.services.health_checks import made

_VERDICTS: Mapping[health_check.Severity, Verdict] = {"fault": "wrong", "attention": "attention", "note": "attention"}
#: The doctor looks at the certificate's file, and at its names.
_LOOKED_AT_OTHERWISE = frozenset({"certificate"})


def health(home: Home) -> Iterator[Finding]:
    """Each check's findings; where there is none, that it is well."""
    settings = load_settings(SettingsFile(home.settings_file))
    answers = partial(process_answers, home, NamedInstances(home.settings_file))
    for check in health_list(home, lambda: settings, SystemClock(), answers):
        if check.name in _LOOKED_AT_OTHERWISE:
            continue
        found = list(made(check))
        for each in found:
            yield Finding(each.check, _VERDICTS[each.severity], each.subject or "this machine", each.what, _fix(each))
        if not found:
            yield Finding(check.name, "ok", CHECKS[check.name], _WELL.get(check.name, _just_well)(home))


def _just_well(_: Home) -> str:
    return "well"


def _room(home: Home) -> str:
    settings, space = load_settings(SettingsFile(home.settings_file)), DiskSpace(home.data).measure()
    hours = space.free_bytes / (settings.recorder.bitrate / 8 * 3600)
    return f"{space.free_bytes // 1_000_000:,} MB left, about {hours:,.0f} hours of calls"


def _clock(_: Home) -> str:
    return KernelClock().quality().words


_WELL: Mapping[str, Callable[[Home], str]] = {"disk": _room, "clock": _clock}


def _fix(finding: health_check.Finding) -> str:
    fix = finding.fix
    return f"{fix.words} ({fix.command})" if fix.command else fix.words
