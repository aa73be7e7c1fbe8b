/* A file that is chosen or dropped is hashed here, in the browser: only its fingerprint is sent. Where that is not
   known, whoever asks is asked whether the file itself may go to the server, for its words to be compared. */
"use strict";

const form = document.getElementById("file-form");
const input = form.querySelector("input[type=file]");
const unknown = document.getElementById("not-known");
let shown = null;

const fingerprint = async (file) => {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

const look = async () => {
  const file = input.files[0];
  unknown.hidden = true;
  if (!file) return;
  const address = new URL(form.action);
  address.searchParams.set("sha256", await fingerprint(file));
  const answer = await fetch(address);
  if (answer.ok) { location.assign(address); return; }
  shown = file;
  unknown.hidden = false;
  unknown.querySelector("button").focus();
};

if (window.crypto && crypto.subtle) {
  document.getElementById("sends").hidden = true;
  document.getElementById("hashes").hidden = false;
  input.addEventListener("change", look);
  form.addEventListener("submit", (event) => {
    if (event.submitter && unknown.contains(event.submitter)) return;
    if (input.files[0] && input.files[0] === shown) return;
    event.preventDefault();
    look();
  });
  const zone = document.getElementById("drop");
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
  zone.addEventListener("dragover", () => zone.classList.add("over"));
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; look(); }
  });
}
