// Times within a recording, as people write and read them.

/** 0:07, 12:05, 1:02:03. */
export function clock(seconds) {
  const whole = Math.floor(seconds + 0.05);
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** Seconds of what was typed: 1:05, 1:02:03, 1.05, or seconds alone; null when it is no time. */
export function typedTime(text) {
  const parts = text.trim().replace(/^@/, "").split(/[:.]/);
  if (parts.length > 3 || !parts.every((part) => /^\d{1,4}$/.test(part))) return null;
  if (parts.slice(1).some((part) => Number(part) > 59)) return null;
  return parts.reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

/** The text with what stands in braces put in. */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
