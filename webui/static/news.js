// Follows a page's server-sent events, through restarts of the box, for as long as somebody can see the page.

const TRY_AGAIN_MS = 3000;
// What the page fetches by itself does not count as somebody being there.
export const BY_ITSELF = { "Earmark-Background": "yes", Accept: "text/html" };

let clockAheadMs = 0; // how far this browser's clock is ahead of the box's

/**
 * show(document) is called with each news, waiting() when there is none to be had. `ended` is the kind of the event
 * after which this browser may no longer look: the page is then loaded again, and the box says what to do.
 */
export function follow(address, ended, show, waiting) {
  let source = null;

  function listen() {
    source?.close();
    source = new EventSource(address);
    source.addEventListener("calls", (event) => {
      const news = JSON.parse(event.data);
      clockAheadMs = Date.now() - news.now_ms;
      show(news);
    });
    source.addEventListener(ended, () => location.reload());
    source.addEventListener("error", () => {
      waiting();
      // The browser tries again by itself after a broken connection, but not after a refusal.
      if (source.readyState === EventSource.CLOSED && !document.hidden) setTimeout(listenAgain, TRY_AGAIN_MS);
    });
  }

  async function listenAgain() {
    try {
      const answer = await fetch(location.href, { method: "HEAD", redirect: "manual", headers: BY_ITSELF });
      if (answer.type === "opaqueredirect") {
        location.reload(); // the session is over: the box shows where to sign in
        return;
      }
    } catch {
      // the box is away: ask again below
    }
    listen();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source?.close();
    else listen();
  });
  listen();
}

/** Milliseconds from a time of the box until now. */
export function elapsedMs(unixMs) {
  return Date.now() - clockAheadMs - Number(unixMs);
}

/** A duration as on a clock: 0:07, 12:05, 1:02:03. */
export function clockText(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const text = `${String(minutes % 60).padStart(minutes < 60 ? 1 : 2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  return minutes < 60 ? text : `${Math.floor(minutes / 60)}:${text}`;
}
