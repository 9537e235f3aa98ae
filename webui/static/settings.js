// Looks at a form of settings as it is typed: whoever leaves a field is told beside it what is wrong.

import { BY_ITSELF } from "./news.js";

const form = document.querySelector("form[data-check]");
const touched = new Set();
let latest = 0;

if (form) {
  form.addEventListener("change", (event) => {
    showWhatIsOfUse();
    look(event.target.name);
  });
  showWhatIsOfUse();
}

/** Fields that go with one choice only are shown with that: they stand behind it, in the same table of the settings. */
function showWhatIsOfUse() {
  for (const setting of form.querySelectorAll("[data-only]")) {
    const control = setting.querySelector("[name]");
    const choice = form.elements[control.name.replace(/[^.]+$/, "type")];
    setting.hidden = !setting.dataset.only.split(" ").includes(choice.value);
  }
}

async function look(name) {
  if (!name) return;
  touched.add(name);
  const turn = ++latest;
  let judged;
  try {
    const answer = await fetch(form.dataset.check, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { ...BY_ITSELF, Accept: "application/json" },
      redirect: "manual",
    });
    if (!answer.ok) return; // saving says what is the matter
    judged = await answer.json();
  } catch {
    return;
  }
  if (turn === latest) tell(judged);
}

/** Of what was not typed in yet nothing is said: it may be on its way. */
function tell({ beside }) {
  for (const control of form.elements) {
    const place = control.name && document.getElementById(`${control.name.replaceAll(".", "-")}-wrong`);
    if (!place) continue;
    const what = touched.has(control.name) ? (beside[control.name] ?? "") : "";
    place.textContent = what;
    if (what) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
}
