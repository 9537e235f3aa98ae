// A note is kept without leaving the page, so that playing goes on. Without this the form does the same by itself.

/** `shown` is called after the notes were drawn anew, `failed` when the box could not be reached. */
export function keepNotesInPlace(section, shown, failed) {
  section.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(section.id);
      if (!answer.ok || !fresh) {
        location.reload(); // signed out, or refused: the box says which
        return;
      }
      section.replaceChildren(...fresh.childNodes);
      shown();
    } catch {
      failed();
    }
  });
}
