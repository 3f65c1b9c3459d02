// Shows and hides a password, and prints a page. Every page works without this file; it sets no
// HTML from strings, so it runs under require-trusted-types-for 'script'.
"use strict";
for (const button of document.querySelectorAll("button[data-reveals]")) {
  const field = document.getElementById(button.dataset.reveals);
  const status = document.querySelector(`[data-reveal-status="${button.dataset.reveals}"]`);
  if (!field) continue;
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? button.dataset.hide : button.dataset.show;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    show(shown);
    if (status) status.textContent = shown ? button.dataset.shown : button.dataset.hidden;
  });
  // A password left in clear would be offered by form history as plain text.
  if (field.form) field.form.addEventListener("submit", () => show(false));
}
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
