// The stand-in's own time, and the calendar of its billing periods. Seconds since 1970, UTC.

export const HOUR = 3_600;
export const DAY = 86_400;

/**
 * A clock that tests move. Without a start it shows the time of the machine, moved by what was advanced;
 * a number stops it there; an object with `now()` is somebody else's clock that we follow.
 */
export function createClock(start) {
  const wall = () => Math.floor(Date.now() / 1_000);
  const base = typeof start === "number" ? () => start : (start?.now?.bind(start) ?? wall);
  let offset = 0;
  return {
    now: () => base() + offset,
    advance: (seconds) => (offset += seconds),
    set: (time) => (offset = time - base()),
  };
}

/** `count` intervals after `anchor`. A month has the anchor's day, or its own last one if it is shorter. */
export function later(anchor, { interval, interval_count }, count = 1) {
  const steps = interval_count * count;
  if (interval === "day") return anchor + steps * DAY;
  if (interval === "week") return anchor + steps * 7 * DAY;
  const months = interval === "year" ? 12 * steps : steps;
  const date = new Date(anchor * 1_000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const n_days = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, n_days));
  return Math.floor(date.getTime() / 1_000);
}

/** The first end of a period after `time`, counted from the anchor so that short months leave no trace. */
export function nextBoundary(anchor, recurring, time) {
  let count = 0;
  while (later(anchor, recurring, count) <= time) count++;
  return later(anchor, recurring, count);
}
