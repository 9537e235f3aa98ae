"""The front panel's light: everything that it can say, as one table.

The panel is driven by this table, the help page shows it, and the label on the box is drawn from it. People who cannot
tell colours apart read the rhythm, so no two rows share one; nothing flashes oftener than three times in a second,
which is what people with photosensitive epilepsy can bear (WCAG 2.2, 2.3.1).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

#: Red, green and blue, each 1 or 0: a light that is never dimmed needs no program to keep it lit.
Colour = tuple[float, float, float]

DARK: Colour = (0.0, 0.0, 0.0)
RED: Colour = (1.0, 0.0, 0.0)
GREEN: Colour = (0.0, 1.0, 0.0)
BLUE: Colour = (0.0, 0.0, 1.0)
YELLOW: Colour = (1.0, 1.0, 0.0)
WHITE: Colour = (1.0, 1.0, 1.0)

COLOUR_NAMES: Mapping[Colour, str] = {RED: "red", GREEN: "green", BLUE: "blue", YELLOW: "yellow", WHITE: "white"}


class PanelState(Enum):
    """How the box is, as far as a person in the office should know: shown for as long as it lasts."""

    STARTING = "starting"
    IDLE = "idle"
    RECORDING = "recording"
    UPDATING = "updating"
    NEEDS_ATTENTION = "needs attention"
    PAUSED = "paused"
    FAULT = "fault"


class ButtonAnswer(Enum):
    """What a press of the button is answered: shown for a moment, before the light goes back to how the box is."""

    NOTED = "press noted"
    DONE = "done"
    STAYS_PAUSED = "stays paused"
    NOTHING_RECORDED = "nothing is recorded"
    NOT_DONE = "not done"
    HOLD_TO_SHUT_DOWN = "hold on to shut down"
    LET_GO_TO_SHUT_DOWN = "let go to shut down"
    SHUTTING_DOWN = "shutting down"
    HOLD_TO_RESET = "hold on to reset the network"
    LET_GO_TO_RESET = "let go to reset the network"


#: Whatever the light can show.
Shown = PanelState | ButtonAnswer


@dataclass(frozen=True)
class LightPattern:
    """A colour (red, green, blue; each 0 or 1) and a rhythm, repeated for as long as it is shown.

    ``rhythm_s`` are seconds lit, dark, lit, dark …; empty means lit all the time.
    """

    colour: Colour
    rhythm_s: tuple[float, ...] = ()

    @property
    def colour_name(self) -> str:
        return COLOUR_NAMES[self.colour]

    def phases(self) -> Iterator[tuple[Colour, float | None]]:
        """What is shown and for how many seconds, for ever; None: until something else is to be shown."""
        if not self.rhythm_s:
            yield self.colour, None
            return
        shown = itertools.cycle((self.colour, DARK))
        for lasts_s in itertools.cycle(self.rhythm_s):
            yield next(shown), lasts_s


@dataclass(frozen=True)
class LightRow:
    """One thing that the light can say.

    ``looks`` is the rhythm in words, ``means`` what it says, ``do`` what a person does about it; empty: nothing.
    """

    pattern: LightPattern
    looks: str
    means: str
    do: str = ""


def _row(colour: Colour, rhythm_s: tuple[float, ...], looks: str, means: str, do: str = "") -> LightRow:
    return LightRow(LightPattern(colour, rhythm_s), looks, means, do)


TABLE: Mapping[Shown, LightRow] = {
    PanelState.STARTING: _row(
        WHITE,
        (0.9, 0.3, 0.3, 0.5),
        "one long flash and one short, again and again",
        "The box is starting.",
        "Wait; if it takes longer than two minutes, look at the health page.",
    ),
    PanelState.IDLE: _row(
        GREEN, (0.15, 2.85), "a short flash every three seconds", "All is well, and no call is being recorded."
    ),
    PanelState.RECORDING: _row(RED, (), "lit all the time", "A call is being recorded."),
    PanelState.PAUSED: _row(
        YELLOW,
        (1.0, 1.0),
        "slow and even: a second lit, a second dark",
        "The recording of a call is paused: nothing of it is kept.",
        "Press again when the card details have been given. If that is forgotten, recording goes on by itself.",
    ),
    PanelState.UPDATING: _row(
        BLUE,
        (1.8, 0.2),
        "lit, with a short gap every two seconds",
        "The box is being brought up to date.",
        "Leave it on.",
    ),
    PanelState.NEEDS_ATTENTION: _row(
        YELLOW,
        (0.15, 0.25, 0.15, 1.45),
        "two short flashes every two seconds",
        "Calls are recorded, but somebody should look at something soon.",
        "The health page says what.",
    ),
    PanelState.FAULT: _row(
        RED,
        (0.2, 0.2),
        "quick and even, without a rest",
        "Calls are not being recorded, or may soon not be.",
        "Look at the health page at once; if it does not open, hold the button to shut down, and start the box again.",
    ),
    ButtonAnswer.NOTED: _row(
        WHITE, (0.1, 0.25), "quick glints", "The press was noticed, and is being worked out.", "Wait a moment."
    ),
    ButtonAnswer.DONE: _row(
        WHITE,
        (0.15, 0.2, 0.15, 0.2, 0.15, 1.15),
        "three short flashes",
        "Done: the call is marked, or the network is as it was at first.",
    ),
    ButtonAnswer.STAYS_PAUSED: _row(
        YELLOW,
        (2.4, 0.1),
        "lit for two seconds and a half",
        "Paused, and stays so: the pause has only just begun, or somebody else asked for it.",
        "Press once more after two seconds; what somebody else paused goes on from where it was paused.",
    ),
    ButtonAnswer.NOTHING_RECORDED: _row(
        WHITE, (0.6, 1.4), "one long flash", "There is no call of which anything is being recorded."
    ),
    ButtonAnswer.NOT_DONE: _row(
        RED,
        (0.6, 0.3, 0.6, 0.5),
        "two long flashes",
        "Not done, or not for every call: its rules do not allow it, or the box did not answer.",
        "Say nothing that must not be recorded. The page says which call goes on being recorded.",
    ),
    ButtonAnswer.HOLD_TO_SHUT_DOWN: _row(
        WHITE,
        (0.1, 0.4),
        "short flashes, two in a second, while you hold",
        "Held for five seconds, this shuts the box down.",
        "Hold on; or let go, and nothing happens.",
    ),
    ButtonAnswer.LET_GO_TO_SHUT_DOWN: _row(
        WHITE,
        (0.4, 0.1),
        "the other way round: lit, with two short gaps in a second",
        "Let go now, and the box shuts down.",
        "Let go; or hold for 15 seconds more, and nothing happens.",
    ),
    ButtonAnswer.SHUTTING_DOWN: _row(
        BLUE,
        (0.5, 0.5),
        "even: half a second lit, half a second dark",
        "The box is shutting down: calls are ended, and what was recorded is put away.",
        "Wait until the light has been dark for ten seconds before you pull the plug.",
    ),
    ButtonAnswer.HOLD_TO_RESET: _row(
        BLUE,
        (0.1, 0.2, 0.1, 0.6),
        "pairs of short flashes, one in a second, while you hold",
        "Held for fifteen seconds from the start, this sets the network back.",
        "Hold on; or let go, and nothing happens.",
    ),
    ButtonAnswer.LET_GO_TO_RESET: _row(
        BLUE,
        (0.6, 0.1, 0.2, 0.1),
        "the other way round: lit, with pairs of short gaps",
        "Let go now, and the box asks the network for its address again. Nothing recorded is touched.",
        "Let go; or hold for 15 seconds more, and nothing happens.",
    ),
}

PATTERNS: Mapping[Shown, LightPattern] = {shown: row.pattern for shown, row in TABLE.items()}


@dataclass(frozen=True)
class ButtonRow:
    """One way to use the button, what it does, and both in a few words for the label."""

    way: str
    does: str
    brief: str


BUTTON: tuple[ButtonRow, ...] = (
    ButtonRow(
        "Press",
        "Pauses the recording at once; press again to let it go on. For every call, or for the line in use, as set."
        " What somebody else paused it leaves paused.",
        "press: pause, and go on",
    ),
    ButtonRow(
        "Press twice",
        "Marks the call at this moment, so that the place is found again. About a second of it is not kept, unless"
        " its rules forbid a pause.",
        "press twice: mark the call",
    ),
    ButtonRow(
        "Press three times or more",
        "Pauses, as one press does: whoever is in a hurry is on the safe side.",
        "press often: pause",
    ),
    ButtonRow(
        "Hold for five seconds",
        "The light changes; let go, and the box shuts down. Let go earlier: nothing happens.",
        "hold for 5 s, until the light changes, and let go: shut down",
    ),
    ButtonRow(
        "Hold while the power comes on, and for fifteen seconds after the light begins to flash in pairs",
        "The light changes; let go, and the box asks the network for its address again, as when it was new. Nothing"
        " recorded is touched.",
        "hold as power comes on, until the light changes, and let go: network as new",
    ),
)
