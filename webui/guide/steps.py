"""The steps of setting up, in order, and what is done: by what the box itself shows. Pure.

What no machine sees is somebody's word, and holds for what it was said of: a notice that is another by now is to be
heard again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from webui.compliance.verdicts import Finding, Verdict
from webui.translation import gettext as _
from webui.translation import ngettext


class DirectorsStep(StrEnum):
    """In the order in which they are done."""

    SIGN_IN = "sign-in"
    RECOVERY_KEY = "recovery-key"
    PEOPLE = "people"
    NOTICE = "notice"
    KEEPING = "keeping"
    STAFF = "staff"
    ALERTS = "alerts"
    FIRST_CALL = "first-call"


@dataclass(frozen=True)
class Step:
    """One step. ``standing``: how it stands now, in a sentence; ``minutes``: about how long it takes."""

    slug: str
    title: str
    why: str
    minutes: int
    done: bool
    standing: str


@dataclass(frozen=True)
class Part:
    """What one person does, from beginning to end."""

    steps: tuple[Step, ...]

    @property
    def left(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not step.done)

    @property
    def minutes_left(self) -> int:
        return sum(step.minutes for step in self.left)

    def step(self, slug: str) -> Step:
        """Raises KeyError."""
        found = {step.slug: step for step in self.steps}
        return found[slug]

    def after(self, slug: str) -> Step | None:
        """What is to be done next: what is left behind it, or else before it."""
        places = [step.slug for step in self.steps]
        here = places.index(slug)
        turned = (*self.steps[here + 1 :], *self.steps[:here])
        return next((step for step in turned if not step.done), None)


@dataclass(frozen=True)
class DirectorsFacts:
    """How the office stands. A value of None cannot be told at this moment.

    Attributes:
        typed_back: when the office was made, with the words of the recovery key typed from the paper; empty where it
            was made in another way.
        in_safe: where somebody said that the paper lies.
        colleagues: how many others have a sign-in, and how many are invited.
        heard: whether somebody heard the notices that are played now.
        arrived: whether somebody said that a test reached all the places that alerts go to now.
    """

    second_factor: bool | None
    typed_back: str
    in_safe: str
    colleagues: tuple[int, int] | None
    notices: tuple[str, ...] | None
    heard: bool
    keeping: Finding | None
    staff: Finding | None
    alerts_to: tuple[str, ...] | None
    arrived: bool
    calls: bool | None


def directors_part(facts: DirectorsFacts) -> Part:
    """In the language of this request."""
    return Part(tuple(_directors_steps(facts)))


def _directors_steps(facts: DirectorsFacts) -> Iterable[Step]:
    yield Step(
        DirectorsStep.SIGN_IN,
        _("Your own sign-in"),
        _("Whoever signs in as you can hear every call, so a second step is asked for beside your pass phrase."),
        1,
        facts.second_factor is True,
        _told(facts.second_factor, _("Your second step is set up."), _("There is no second step yet.")),
    )
    yield _recovery_key(facts)
    yield _people(facts)
    yield Step(
        DirectorsStep.NOTICE,
        _("Hear the notice"),
        _("Callers must know that they are recorded before they are: hear what they will hear."),
        2,
        facts.heard,
        _notice(facts),
    )
    yield _confirmed(
        DirectorsStep.KEEPING,
        _("How long calls are kept"),
        _("The law wants a reason for every year that a call is kept, and a director who stands by it."),
        facts.keeping,
    )
    yield _confirmed(
        DirectorsStep.STAFF,
        _("Tell staff"),
        _("Nobody may be recorded at work without knowing it: print the notice, and hand it to everybody."),
        facts.staff,
    )
    yield _alerts(facts)
    yield Step(
        DirectorsStep.FIRST_CALL,
        _("A first call"),
        _("Call the office from a mobile, speak for ten seconds, and find the call in the list."),
        2,
        facts.calls is True,
        _told(facts.calls, _("The first call is recorded."), _("No call is recorded yet.")),
    )


def _recovery_key(facts: DirectorsFacts) -> Step:
    typed = _("Words of it were typed from the paper on %(day)s.") % {"day": facts.typed_back}
    said = _("The paper is in the safe: %(where)s.") % {"where": facts.in_safe.rstrip(".")}
    untold = _("Nobody has said where the paper with its 24 words lies.")
    return Step(
        DirectorsStep.RECOVERY_KEY,
        _("The recovery key is on paper"),
        _("It opens every recording when all pass phrases are lost. It is kept nowhere but on that paper."),
        1,
        bool(facts.typed_back or facts.in_safe),
        said if facts.in_safe else typed if facts.typed_back else untold,
    )


def _people(facts: DirectorsFacts) -> Step:
    others, invited = facts.colleagues or (0, 0)
    words = [
        ngettext("%(num)s other person has a sign-in.", "%(num)s other people have a sign-in.", others)
        % {"num": others},
        ngettext("%(num)s person is invited.", "%(num)s people are invited.", invited) % {"num": invited},
    ]
    told = " ".join(said for said, count in zip(words, (others, invited), strict=True) if count)
    return Step(
        DirectorsStep.PEOPLE,
        _("Invite people"),
        _("Somebody besides you can let you in again and look after the box. Nobody shares a sign-in."),
        3,
        bool(others or invited),
        _untold() if facts.colleagues is None else told or _("Nobody else is invited yet."),
    )


def _notice(facts: DirectorsFacts) -> str:
    if facts.notices is None:
        return _untold()
    if facts.heard:
        return _("You heard what is played now.")
    if not facts.notices:
        return _("No line plays a notice of its own: hear the one that is played where nothing else is chosen.")
    return _("Nobody has heard it since it was chosen.")


def _confirmed(step: DirectorsStep, title: str, why: str, found: Finding | None) -> Step:
    done = found is not None and found.verdict is Verdict.MET
    return Step(step, title, why, 3 if step is DirectorsStep.STAFF else 1, done, found.reason if found else _untold())


def _alerts(facts: DirectorsFacts) -> Step:
    if facts.alerts_to is None:
        standing = _untold()
    elif not facts.alerts_to:
        standing = _("Alerts go nowhere yet: only the page and the light tell.")
    else:
        names = {"names": ", ".join(facts.alerts_to)}
        standing = _("A test reached: %(names)s.") % names if facts.arrived else _("Not tried yet: %(names)s.") % names
    return Step(
        DirectorsStep.ALERTS,
        _("Try the alerts"),
        _("When a line is quiet or the disk is full, somebody must hear of it who does not look at this page."),
        2,
        bool(facts.alerts_to) and facts.arrived,
        standing,
    )


def _told(fact: bool | None, yes: str, no: str) -> str:
    if fact is None:
        return _untold()
    return yes if fact else no


def _untold() -> str:
    return _("This cannot be told at this moment. If that goes on, look at Health.")
