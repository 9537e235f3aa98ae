"""The keeper's health rounds: checks are made, findings are told, and whoever may is answered about them.

They need no data disk: that it is away is one of the things to be told.

``GET /findings``               → {findings, checks, waiting}
``POST /findings/acknowledge``  ``finding``, ``until_ms``, ``by`` (from the opener, for a person) → {finding}
``POST /alerts/test``           → {destinations: [[name, why not]]}
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.alerts.alert_file import AlertFile
from firmware.adapters.alerts.apprise_messenger import AppriseMessenger
from firmware.adapters.control.peer_policy import same_user, these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.settings.followed_settings import FollowedSettings
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.cli.at_the_box import who_asked
from firmware.cli.health.checks import health_list, process_answers
from firmware.config.settings_model import Settings
from firmware.core.alerting import AlertRules, Standing
from firmware.core.health_check import CHECKS, Finding, known_as
from firmware.core.home import Home
from firmware.ports.alerts import Destination
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import EvidenceDesk
from firmware.services.alerting import Alerting, AlertPlan
from firmware.services.health_checks import Check, HealthChecks

_LOG = logging.getLogger(__name__)
HEALTH_ROUTES = ("GET /findings", "POST /findings/acknowledge", "POST /alerts/test")
_ROUND_S = 5.0
_COURIER_S = 15.0
_STOP_WITHIN_S = 2.0
#: A round of all checks takes seconds. What takes so much longer hangs, as on a disk that is dying.
_HANGS_AFTER_S = 180.0
#: What the panel hears from the programs themselves, each second. It does not hear these two.
_TOLD_BY_OTHERS = frozenset({"processes", "duties", "line-registered"})
_NOT_HEARD = ("opener", "box")
#: However bad these are, calls are held and recorded.
_NO_CALL_IS_LOST = frozenset({"certificate", "backup"})


def for_the_panel(finding: Finding) -> bool:
    """Whether the light must say it, and hears it from nobody else."""
    return finding.severity != "note" and (
        finding.check not in _TOLD_BY_OTHERS or finding.subject.startswith(_NOT_HEARD)
    )


def is_fault_on_the_light(finding: Finding) -> bool:
    """Whether calls are not recorded, or may soon not be: what the light means by a fault."""
    return finding.severity == "fault" and finding.check not in _NO_CALL_IS_LOST


class KeeperHealth:
    """Two threads: one looks, one delivers. The rest may be called by any thread."""

    def __init__(
        self,
        home: Home,
        clock: Clock,
        evidence: EvidenceDesk,
        own_state: Callable[[], Mapping[str, Any]],
        panel_listens: Callable[[], bool],
        further: Sequence[Check] = (),
    ) -> None:
        """``panel_listens``: whether the front panel's program follows what the keeper says; it answers nobody itself.
        ``further``: checks of what else the keeper does.

        Raises SettingsError, NotSetUp, StorageError: the office's settings cannot be read.
        """
        self._settings = FollowedSettings(home.settings_file)
        self._evidence = evidence
        settings, named = self._settings(), NamedInstances(home.settings_file)
        zone = ZoneInfo(settings.office.timezone)
        self._alerting = Alerting(
            AlertFile(home.alerts), AppriseMessenger(), clock, lambda: alert_plan(self._settings()), zone
        )
        self._panel_listens = panel_listens
        listed = health_list(
            home, self._settings, clock, lambda: {**process_answers(home, named, own_state()), **self._panel()}
        )
        self._checks = HealthChecks([*listed, *further, Check("alerts", self._alerting.troubles, 1.0)], clock)
        self._clock = clock
        self._looked_at_s = clock.monotonic_s()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("health", self._look), ("alerts", self._deliver))
        ]
        self._failure: BaseException | None = None

    def start(self) -> None:
        self._looked_at_s = self._clock.monotonic_s()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._threads[0].join(_STOP_WITHIN_S)

    @property
    def failure(self) -> BaseException | None:
        """What ended one of the threads, or that the checks stand still: the box would seem well for ever."""
        silent_s = self._clock.monotonic_s() - self._looked_at_s
        if self._failure is None and silent_s > _HANGS_AFTER_S:
            return TimeoutError(f"the checks of the box's health have stood still for {silent_s:.0f} s")
        return self._failure

    def panel_words(self) -> tuple[list[str], bool]:
        """What the light must say that it hears from nobody else, and whether one of these is a fault."""
        told = [
            each
            for each in self._alerting.standing()
            if for_the_panel(each.finding) and not self._alerting.is_known(each)
        ]
        return [each.finding.what for each in told], any(is_fault_on_the_light(each.finding) for each in told)

    def known_subjects(self) -> list[str]:
        """What the light need not go on about: somebody knows, and it is no fault."""
        known = [each.finding for each in self._alerting.standing() if self._alerting.is_known(each)]
        return [as_the_panel_hears_it(each.what) for each in known if each.severity != "fault"]

    def _panel(self) -> dict[str, Mapping[str, Any] | None]:
        """As if it had been asked how it is, where there is one."""
        if self._settings().panel.kind != "gpio":
            return {}
        return {"panel": {"state": "ok"} if self._panel_listens() else None}

    # -- the control socket -----------------------------------------------------------------------------------------

    def routes(self) -> dict[str, Handler]:
        """``acknowledge`` and ``test``: for the command on the box, and for the opener, which vouches for a person."""
        vouched = these_users("earmark-opener")

        def findings(_: Request) -> Mapping[str, Any]:
            shown = [self._shown(each) for each in self._alerting.standing()]
            return {"findings": shown, "checks": self._made(), "waiting": self._alerting.waiting()}

        def acknowledge(request: Request) -> Mapping[str, Any]:
            by, until_ms = self._by(request, vouched(request.peer)), request.body.get("until_ms")
            if not (until_ms is None or isinstance(until_ms, int)):
                raise RequestRefused("'until_ms' is a time in Unix milliseconds, or null.")
            found = self._alerting.acknowledge(request.text("finding", 200), by, until_ms)
            if same_user(request.peer) and not request.body.get("by"):
                subject, detail = {"check": found.finding.check}, {"name": by, "finding": found.finding.what}
                self._evidence.enter("finding-acknowledged", subject, detail)
            return {"finding": self._shown(found)}

        def test(request: Request) -> Mapping[str, Any]:
            by = self._by(request, vouched(request.peer))
            return {"destinations": [list(each) for each in self._alerting.send_trial(by)]}

        return dict(zip(HEALTH_ROUTES, (findings, acknowledge, test), strict=True))

    def _by(self, request: Request, vouched: bool) -> str:
        """Who asks. Raises RequestRefused: somebody who may not."""
        if not vouched:
            raise RequestRefused("This is asked on the box itself, or by the opener for a person.", status=403)
        named = request.body.get("by")
        return named if isinstance(named, str) and named else who_asked(request.peer)

    def _shown(self, each: Standing) -> dict[str, Any]:
        known = self._alerting.is_known(each)
        return {
            **asdict(each.finding),
            "id": each.finding.id,
            "title": CHECKS.get(each.finding.check, each.finding.check),
            "since_ms": each.since_ms,
            "times_told": each.times_told,
            "acknowledged": asdict(each.acknowledged) if known and each.acknowledged else None,
        }

    def _made(self) -> list[dict[str, Any]]:
        """Every check by name, and how many findings it has: also of those that found nothing."""
        standing = self._alerting.standing()
        made = {*self._checks.names, *(each.finding.check for each in standing)}
        return [
            {"check": name, "title": title, "findings": sum(each.finding.check == name for each in standing)}
            for name, title in CHECKS.items()
            if name in made
        ]

    # -- the threads ------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        def round_of_checks() -> None:
            self._alerting.look(self._checks.findings())
            self._looked_at_s = self._clock.monotonic_s()

        self._work(round_of_checks, lambda: self._stop.wait(_ROUND_S))

    def _deliver(self) -> None:
        self._work(self._alerting.deliver, lambda: self._alerting.wait_for_messages(_COURIER_S))

    def _work(self, once: Callable[[], None], wait: Callable[[], object]) -> None:
        try:
            while not self._stop.is_set():
                once()
                wait()
        except Exception as error:  # noqa: BLE001 - the thread's root: the main thread ends the process with it
            _LOG.exception("the health rounds failed")
            self._failure = error


def as_the_panel_hears_it(what: str) -> str:
    """Of a line's own words the panel hears whose they are apart: here its name stands before them."""
    before, separator, words = what.partition(": ")
    return known_as(words, before.removeprefix("Line ")) if separator and before.startswith("Line ") else known_as(what)


def alert_plan(settings: Settings) -> AlertPlan:
    alerts = settings.alerts
    return AlertPlan(
        tuple(
            Destination(each.name, each.url.get_secret_value(), each.of, each.digest) for each in alerts.destinations
        ),
        AlertRules(most_an_hour=alerts.most_an_hour),
        alerts.digest_time,
        alerts.quiet,
        settings.office.name,
        _page(settings.web.host_names),
    )


def _page(host_names: Sequence[str]) -> str:
    return f"https://{host_names[0]}/health" if host_names else ""
