/* Comforts of a co-signer's page, which works without them: the signature block follows the keys, the deadline is said
   in the phone's own time, a tap on a paragraph leads to what can be said of it, and a change of the language keeps
   what was typed anywhere. Nothing is sent from here. */
"use strict";

const byId = (id) => document.getElementById(id);
const block = byId("block");
const name = byId("answer-name");
const title = byId("answer-title");

if (block && name && title) {
  const organisation = block.lastElementChild.textContent;
  const line = (words) => Object.assign(document.createElement("span"), { textContent: words });
  const print = () => {
    const typed = [name.value.trim() || block.dataset.name, title.value.trim(), organisation];
    block.replaceChildren(...typed.filter(Boolean).map(line));
    block.classList.toggle("untyped", !name.value.trim());
  };
  name.addEventListener("input", print);
  title.addEventListener("input", print);
  byId("preview").hidden = true;
}

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
for (const time of document.querySelectorAll("time[data-zone]")) {
  if (time.dataset.zone === here) continue;
  time.title = time.textContent.trim();
  time.textContent = new Date(time.dateTime).toLocaleString(language, {
    weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  });
}

/* Sign and Decline, below the letter: the choice is made, and what it takes comes into view. */
for (const way of document.querySelectorAll("a[data-choose]")) {
  way.addEventListener("click", () => {
    const choice = document.querySelector(`#answer [value="${way.dataset.choose}"]`);
    if (!choice) return;
    choice.checked = true;
    choice.focus({ preventScroll: true });
  });
}

/* A tap on a paragraph. */
const discussion = byId("discussion");
const about = (form, number) => {
  const chosen = byId(`${form}-paragraph`);
  if (!chosen) return;
  chosen.value = number;
  const folded = chosen.closest("details");
  if (folded) folded.open = true;
  const field = byId(form === "comments" ? "comments-words" : `${form}-replacement`);
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
};
const ways = document.createElement("p");
ways.className = "tapped no-print";
const way = (words, go) => {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: words });
  button.addEventListener("click", go);
  return button;
};
if (discussion && discussion.dataset.comment) {
  for (const paragraph of document.querySelectorAll("#letter .block")) {
    const link = paragraph.querySelector("a.count");
    if (!link) continue;
    const number = paragraph.id.slice(1);
    const text = () => {
      const own = paragraph.cloneNode(true);
      own.querySelectorAll(".count, .tapped").forEach((one) => one.remove());
      return own.textContent.trim();
    };
    link.addEventListener("click", (event) => { event.preventDefault(); about("comments", number); });
    paragraph.addEventListener("click", (event) => {
      if (event.target.closest("a, button")) return;
      const selected = String(window.getSelection()).trim();
      const suggest = () => {
        const words = byId("suggestions-replaces");
        if (words && !words.value.trim()) words.value = selected && text().includes(selected) ? selected : text();
        about("suggestions", number);
      };
      ways.replaceChildren(
        way(discussion.dataset.comment, () => about("comments", number)), way(discussion.dataset.suggest, suggest),
      );
      paragraph.append(ways);
      ways.scrollIntoView({ block: "nearest" });
    });
  }
}

/* The language changes by one form, which brings its own words along; those of the others wait here. */
const KEPT = `typed ${location.pathname.split("/")[2]}`;
const fields = () => [...document.querySelectorAll("main form [name]:not([type=hidden]):not([type=file]):not(button)")];
const place = (field) => `${field.form.id} ${field.name} ${/radio|checkbox/.test(field.type) ? field.value : ""}`;
for (const button of document.querySelectorAll(".tongues button")) {
  button.addEventListener("click", () => {
    const typed = fields().map((one) => [place(one), /radio|checkbox/.test(one.type) ? one.checked : one.value]);
    sessionStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(typed)));
  });
}
const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
if (kept) {
  sessionStorage.removeItem(KEPT);
  for (const field of fields()) {
    const words = kept[place(field)];
    if (words === undefined) continue;
    if (typeof words === "boolean") field.checked = words;
    else if (words) field.value = words;
    if (words && field.closest("details") && words !== field.defaultValue) field.closest("details").open = true;
  }
}
