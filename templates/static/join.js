/* Before the form to join is sent, the browser works a second or two, apart from the page: `effort.js`. It begins when
   somebody types. Where that cannot be, the form is sent as it is, and taken after a while. */
"use strict";

const form = document.getElementById("join");
const said = document.getElementById("working");
const worker = document.currentScript.dataset.worker;
let begun = false;
let waits = false;

const solve = () => {
  if (begun || !window.Worker) return;
  begun = true;
  const work = new Worker(worker);
  const done = (answer) => {
    form.elements.effort.value = answer;
    work.terminate();
    if (waits) form.requestSubmit();
  };
  work.addEventListener("message", (event) => done(event.data));
  work.addEventListener("error", () => { begun = "failed"; if (waits) form.submit(); });
  work.postMessage(form.elements.challenge.value);
};

form.addEventListener("input", solve);
form.addEventListener("submit", (event) => {
  solve();
  if (form.elements.effort.value || begun !== true) return;
  event.preventDefault();
  waits = true;
  said.hidden = false;
});
// Back from the page after it, what was worked for is spent: the page begins anew.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
