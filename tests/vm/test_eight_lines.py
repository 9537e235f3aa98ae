"""Eight analogue lines at once on a real ALSA device: ten minutes of calls, and no sound of them lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pytest

from firmware.adapters.analogue.line_config import AnalogueLineConfig
from tests.integration.tapped_office import TappedOffice, heard_in
from tests.vm.devices.alsa_tools import AlsaProgram
from tests.vm.devices.sound_card import SoundCard
from tests.vm.line_sound import RATE_HZ, Pcm, found_at, over_noise, speech

_LINES = 8
_MINUTES = 10
_SPOKEN_S = 30
_TAKEN = 2 * RATE_HZ


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_eight_lines_lose_nothing_in_ten_minutes(
    tmp_path: Path, sound_card: SoundCard, spare_sound_card: SoundCard, record_property: Callable[[str, object], None]
) -> None:
    """Each is a channel of one card. Beside them arecord hears another card of eight channels, and does nothing else:
    where it loses sound as well, a failure tells of the machine, and no more can be said there."""
    spoken = [over_noise(speech(_SPOKEN_S, seed)) for seed in range(_LINES)]
    names = [f"line-{number}" for number in range(_LINES)]
    lines = [AnalogueLineConfig(name, sound_card.input(), channels=(number,)) for number, name in enumerate(names)]
    sound = tmp_path / "sound"
    sound.write_bytes(bytes(np.stack(spoken, 1).tobytes()) * ((_MINUTES + 4) * 60 // _SPOKEN_S))
    taken: dict[str, list[Pcm]] = {name: [] for name in names}
    with ExitStack() as stack:
        cards = (sound_card, spare_sound_card)
        players = [stack.enter_context(AlsaProgram.playing(card.output(), sound, channels=_LINES)) for card in cards]
        control = stack.enter_context(AlsaProgram.listening(spare_sound_card.input(), channels=_LINES))
        office = stack.enter_context(TappedOffice(lines))
        office.wait_for(lambda: len(office.rings.rings) == _LINES, 120)
        line = office.tap.line(names[0])
        assert line is not None
        overruns, lost_ms = -line.capture.overruns, -line.capture.lost_ms
        began_s, cpu_s = time.monotonic(), time.process_time()
        while time.monotonic() - began_s < _MINUTES * 60:
            time.sleep(30.0)
            for recording, ring in list(office.rings.rings.items()):
                with suppress(ValueError):  # its call has ended this moment
                    taken[office.rings.records[recording].line].append(heard_in(ring)[-_TAKEN:])
        took_s = time.monotonic() - began_s
        overruns, lost_ms = overruns + line.capture.overruns, lost_ms + line.capture.lost_ms
        record_property("minutes", round(took_s / 60, 1))
        record_property("our process, share of a core", f"{(time.process_time() - cpu_s) / took_s:.0%}")
        record_property("overruns, and what they lost, ms", f"{overruns}, {lost_ms}")
        control_lost = control.losses
        record_property("overruns of arecord beside it", control_lost)
        record_property("underruns of what plays", [each.losses for each in players])
        record_property("calls that ended too early", len(office.rings.sound))
        assert all(each.at_work for each in (*players, control))
        whole = [len(office.calls(name)) for name in names] == [1] * _LINES and not office.rings.sound
    likeness = [_likeness(piece, said) for name, said in zip(names, spoken, strict=True) for piece in taken[name]]
    record_property("likeness to what was played, worst and median", f"{min(likeness):.3f}, {np.median(likeness):.3f}")
    record_property("the machine can be judged by", not control_lost)
    assert (overruns > 0) == (lost_ms > 0)
    assert (overruns, whole) == (0, True), f"arecord beside it lost sound {control_lost} times"
    assert np.median(likeness) > 0.98


def _likeness(piece: Pcm, sound: Pcm) -> float:
    """Of a piece of a recording to what was played over and over."""
    return found_at(piece, np.concatenate([sound, sound[: len(piece)]]))[1]
