/* Two comforts of a co-signer's page, which works without them: the signature block follows the keys, and the deadline
   is said in the phone's own time. Nothing is sent from here. */
"use strict";

const block = document.getElementById("block");
const name = document.getElementById("answer-name");
const title = document.getElementById("answer-title");

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
  document.getElementById("preview").hidden = true;
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
