/* Two comforts of a co-signer's page, which works without them: the signature block follows the keys, and the deadline
   is said in the phone's own time too. Nothing is sent from here. */
"use strict";

const block = document.getElementById("block");
const name = document.getElementById("name");
const title = document.getElementById("title");

if (block && name && title) {
  const organisation = block.lastElementChild.textContent;
  const line = (words) => Object.assign(document.createElement("span"), { textContent: words });
  const print = () => {
    const typed = [name.value.trim() || block.dataset.name, title.value.trim(), organisation];
    block.replaceChildren(...typed.filter(Boolean).map(line));
  };
  name.addEventListener("input", print);
  title.addEventListener("input", print);
  document.getElementById("preview").hidden = true;
}

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const time of document.querySelectorAll("time[data-zone]")) {
  if (time.dataset.zone === here) continue;
  const shown = new Date(time.dateTime).toLocaleString(document.documentElement.lang, {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  });
  time.append(` [${shown}]`);
}
