"""Articles about calls: at the telephone, finding and hearing them, asking for them."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.core.access_policy import Role
from webui.help.articles import Article, of
from webui.translation import gettext as _

_DIRECTOR, _MANAGER = Role.DIRECTOR, Role.SERVICES_MANAGER
_LINE, _HR, _DPO = Role.LINE_MANAGER, Role.HR_PANEL, Role.DATA_PROTECTION_OFFICER
_ADMIN, _FITTER, _STAFF = Role.ADMINISTRATOR, Role.INSTALLER, Role.MEMBER_OF_STAFF


def at_the_telephone() -> Iterator[Article]:
    yield Article(
        "pausing",
        _("Pause a recording"),
        _("Before card details are said: by a key, the page, your desk or the button."),
        ("live_calls",),
        _("card payment stop mute hold PCI *48"),
        of(_MANAGER, _STAFF, _DIRECTOR),
    )
    yield Article(
        "codes",
        _("Codes to key during a call"),
        _("Pause, resume, start, reminder, told: as this office has them."),
        (),
        _("star keys dial feature"),
        of(_STAFF),
    )
    yield Article(
        "what-to-say",
        _("What to say to callers"),
        _("About the recording, about card details, and when somebody does not want it."),
        (),
        _("script refuse object opt out phrase"),
        of(_STAFF, _MANAGER),
    )
    yield Article(
        "desks",
        _("Pair a desk"),
        _("One large button at a desk that takes card details all day, without a sign-in."),
        ("desk", "desks"),
        _("till reception browser"),
        of(_MANAGER),
    )
    yield Article(
        "panel",
        _("The button and the light"),
        _("What a press does, and what the light says."),
        ("help.panel",),
        _("front panel lamp LED colour"),
    )
    yield Article(
        "own-calls",
        _("Your own calls"),
        _("The calls of your own extension, without sound."),
        ("own_calls",),
        _("my"),
        of(_STAFF),
    )


def hearing() -> Iterator[Article]:
    yield Article(
        "find",
        _("Find a call"),
        _("By number in any form, name, note, day or line; and keep a search."),
        ("recordings", "recordings.list_calls"),
        _("search filter list look for phone number caller"),
        of(_MANAGER, _DIRECTOR),
    )
    yield Article(
        "hear",
        _("Hear a call"),
        _("Say what for, then listen: both voices, pauses and notices on one picture."),
        ("recordings.one_call", "recordings.listen"),
        _("listen play player purpose waveform speed"),
        of(_MANAGER, _DIRECTOR),
    )
    yield Article(
        "copy", _("Keep a copy"), _("MP3, WAV or Opus, and what a copy means."), (), _("download export save file")
    )
    yield Article(
        "card-recorded",
        _("A card number was recorded"),
        _("Silence it for good, and destroy what was there."),
        (),
        _("redact forgotten pause payment erase"),
        of(_MANAGER),
    )
    yield Article(
        "which-calls",
        _("Which calls are recorded"),
        _("Rules, extensions and lines: what decides, and how to see it beforehand."),
        (),
        _("policy rule never always on demand private phone"),
        of(_ADMIN),
    )
    yield Article(
        "words", _("What the words mean"), _("Withheld, interrupted, damaged and others."), (), _("glossary state tag")
    )


def asking() -> Iterator[Article]:
    yield Article(
        "ask",
        _("Ask for a call"),
        _("Who may not listen to every call asks for the ones they need."),
        ("requests", "requests.page"),
        _("line manager HR request access approval"),
        of(_LINE, _HR, _DPO),
    )
    yield Article(
        "decide",
        _("Decide a request"),
        _("Look at the calls, open some or all for a while, or refuse."),
        ("requests.one",),
        _("approve refuse grant director"),
        of(_DIRECTOR),
    )
    yield Article(
        "tasks",
        _("What there is to do"),
        _("One list of what waits for you, and by when."),
        ("tasks",),
        _("to do due reminder deadline"),
        of(_DIRECTOR, _MANAGER, _DPO),
    )
