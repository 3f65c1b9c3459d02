// Fills in prefecture and city when a postal code is typed: only what is empty,
// or what it filled in itself before. Without it the button beside does the same.
"use strict";
const code = document.getElementById("postal_code");
const prefecture = document.getElementById("prefecture");
const city = document.getElementById("city");
const status = document.getElementById("address-status");
if (code && prefecture && city && status) {
  const own = new Map();
  const fill = (field, text) => {
    if (field.value.trim() !== "") return;
    field.value = text;
    own.set(field, text);
  };
  const takeBack = () => {
    for (const [field, text] of own) if (field.value === text) field.value = "";
    own.clear();
  };
  const fits = (address) => {
    const typed = city.value.trim();
    return (
      ["", address.prefecture].includes(prefecture.value) && (typed.includes(address.city) || address.city.includes(typed))
    );
  };
  const said = (addresses) => {
    takeBack();
    const fitting = addresses.filter(fits);
    if (fitting.length === 0) return addresses.length === 0 ? "none" : "differs";
    const [first, ...others] = fitting;
    if (others.every((other) => other.prefecture === first.prefecture)) fill(prefecture, first.prefecture);
    if (others.length === 0) fill(city, first.city + first.town);
    if (city.value.trim() === "") return "several";
    return own.size > 0 ? "filled" : "";
  };
  const digits = () => code.value.normalize("NFKC").replace(/[\s〒\-‐‑‒–—―−ー]/g, "");
  let asked = digits();
  let asking;
  const look = async () => {
    const typed = digits();
    if (typed === asked) return;
    asked = typed;
    asking?.abort();
    status.textContent = "";
    if (!/^[0-9]{7}$/.test(typed)) return;
    asking = new AbortController();
    try {
      const answer = await fetch(`/postal-code/${typed}`, { signal: asking.signal });
      if (!answer.ok) return;
      const { addresses } = await answer.json();
      const name = said(addresses);
      status.textContent = name ? status.dataset[name] : "";
    } catch {
      // No network, or another code meanwhile: the button is still there.
    }
  };
  code.addEventListener("input", look);
}
