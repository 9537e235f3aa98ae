// Levels of a test call, brought up to date twice a second while somebody looks.
const levels = document.getElementById("levels");

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(levels.dataset.from, { headers: { "Earmark-Background": "yes" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        levels.replaceChildren(...page.body.childNodes);
      }
    } catch {
      // The box is busy or away: what is shown stays until it answers.
    }
  }
  setTimeout(look, 500);
}

if (levels) setTimeout(look, 500);
