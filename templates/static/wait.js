/* Long work shows its progress: while a part of the page is marked as under way, the page is fetched again, and what
   has changed is put in place. What somebody has begun to type, has opened or is in with the keyboard stays. */
"use strict";

const differs = (field) =>
  field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
    : field.options ? [...field.options].some((one) => one.selected !== one.defaultSelected)
      : field.value !== field.defaultValue;

const isInUse = (part) =>
  part.contains(document.activeElement) || part.querySelector("details[open]")
  || [...part.querySelectorAll("input, select, textarea")].some(differs);

const again = async () => {
  const shown = document.querySelector("[data-under-way]");
  if (!shown) return;
  const answer = await fetch(shown.dataset.underWay);
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-under-way], [data-live]")) {
    const fresh = page.getElementById(part.id);
    if (fresh && !isInUse(part)) part.replaceWith(fresh);
  }
};

setInterval(() => document.hidden || again().catch(() => {}), 3000);
