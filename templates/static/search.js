/* A long list is searched while one types: the list is fetched again and put in place, and its address is kept. The form
   works without this. Nothing is sent but what the address says. */
"use strict";

const form = document.getElementById("search");
const box = form.elements.q;
const said = document.getElementById("said");
let asking = new AbortController();
let waiting;

const address = () => {
  const asked = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...asked]) if (!value.trim()) asked.delete(name);
  return form.action + (asked.size ? `?${asked}` : "");
};

const show = async (where) => {
  asking.abort();
  asking = new AbortController();
  const answer = await fetch(where, { signal: asking.signal });
  if (!answer.ok || answer.redirected) return location.assign(where);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("found");
  document.getElementById("found").replaceWith(fresh);
  said.textContent = fresh.dataset.said;
};

const search = () => {
  const where = address();
  if (where === location.href) return;
  // Back leads to the list as it was before the search, not through every letter of it.
  history[history.state === "search" ? "replaceState" : "pushState"]("search", "", where);
  show(where).catch(() => {});
};

box.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 200);
});

addEventListener("popstate", () => {
  clearTimeout(waiting);
  box.value = new URLSearchParams(location.search).get("q") ?? "";
  show(location.href).catch(() => {});
});
