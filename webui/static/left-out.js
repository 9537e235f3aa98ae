// What was left out of a recording, drawn over its picture: where it was paused, and where a party was on hold.

const SIDES = { "outside party": "far", office: "office" };

/** The stretches as the page gives them: start_s, length_s, cause and side (empty for both parties). */
export function readLeftOut(player) {
  return JSON.parse(player.dataset.leftOut || "[]");
}

/** One band per stretch; its name and length are written where they have room. */
export function drawLeftOut(wave, stretches, durationS) {
  for (const each of stretches) {
    const band = document.createElement("div");
    band.className = `left-out ${SIDES[each.side] ?? ""}`;
    band.style.left = `${(each.start_s / durationS) * 100}%`;
    band.style.width = `${(each.length_s / durationS) * 100}%`;
    band.ariaHidden = "true"; // said in words while it plays, and listed below the player
    const text = document.createElement("b");
    text.textContent = `${each.side ? "On hold" : "Paused"} ${clock(each.length_s)}`;
    const label = document.createElement("span");
    label.append(text);
    band.append(label);
    wave.append(band);
    new ResizeObserver(() => { label.hidden = text.offsetWidth > band.clientWidth - 4; }).observe(band);
  }
}

/** The stretch that plays at `atS` and lasts long enough to be told; undefined where there is sound. */
export function stretchAt(stretches, atS) {
  return stretches.find((each) => atS >= each.start_s && atS < each.start_s + each.length_s - 0.05);
}

/** What a listener is told while it is silent. */
export function words(stretch) {
  const who = { "outside party": "The outside party", office: "The office" }[stretch.side];
  const length = spoken(stretch.length_s);
  return who
    ? `${who} had put the call on hold here, for ${length}; its music is not recorded.`
    : `The recording was paused here, for ${length}: nothing was kept.`;
}

function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function spoken(seconds) {
  const whole = Math.round(seconds);
  if (whole < 1) return "less than a second";
  const minutes = Math.floor(whole / 60);
  const parts = [counted(minutes, "minute"), counted(whole % 60, "second")];
  return parts.filter(Boolean).join(" ");
}

function counted(count, unit) {
  return count === 0 ? "" : `${count} ${unit}${count === 1 ? "" : "s"}`;
}
