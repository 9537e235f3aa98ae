// Keys of the player. They work while the focus is in it (WCAG 2.1.4), so that the rest of the page keeps its own.

const TYPED_INTO = "input:not([type=checkbox]), textarea, select";

/** `actions` by the key's name; a key with Shift is named so. Keys of the browser and of fields are left to them. */
export function listenForKeys(player, actions) {
  player.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches(TYPED_INTO)) return;
    if ([" ", "Enter"].includes(event.key) && event.target.matches("button, a, summary, input")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = actions[event.shiftKey && key.length > 1 ? `Shift ${key}` : key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
