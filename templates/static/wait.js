/* Long work shows its progress: while a part of the page is marked as under way, it is fetched again and put in place. */
"use strict";

const again = async () => {
  const shown = document.querySelector("[data-under-way]");
  if (!shown || shown.contains(document.activeElement)) return;
  const answer = await fetch(shown.dataset.underWay);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(shown.id);
  if (fresh) shown.replaceWith(fresh);
};

setInterval(() => document.hidden || again().catch(() => {}), 3000);
