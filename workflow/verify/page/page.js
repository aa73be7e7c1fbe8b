"use strict";
// The page around the checks: takes files, has them checked beside the page (a worker), shows what was found.
(() => {
  const MOST_ASKED_TWICE = 500;

  /** Check what was given; each signature is asked about twice, where the browser has an Ed25519 of its own. */
  async function checked(given) {
    const asked = [];
    const signed_by = (key, signature, message) => {
      const holds = undersigned.is_signed(key, signature, message);
      if (holds && asked.length < MOST_ASKED_TWICE) asked.push([key, signature, message]);
      return holds;
    };
    const { text, status, verdict, report } = undersigned.check(given.evidence, { ...given, signed_by });
    const found = { text, status, verdict, twice: 0, refused: false };
    for (const name of ["facts", "remarks", "invalid", "diverged", "unusable", "unchecked"]) {
      found[name] = report ? report[name] : [];
    }
    found.key_checked = report ? report.key_checked : true;
    try {
      for (const [key, signature, message] of asked) {
        const known = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
        if (!(await crypto.subtle.verify("Ed25519", known, signature, message))) found.refused = true;
        found.twice++;
      }
    } catch {
      found.twice = 0; // It has none.
    }
    return found;
  }

  if (typeof document === "undefined") {
    self.onmessage = async ({ data }) => self.postMessage(await checked(data));
    return;
  }

  const by_id = (id) => document.getElementById(id);
  const KINDS = ["evidence", "receipts", "documents", "certificates"];
  const given = { evidence: [], receipts: [], documents: [], certificates: [] };

  function element(name, words = "", more = {}) {
    return Object.assign(document.createElement(name), { textContent: words }, more);
  }

  function size_of(bytes) {
    if (bytes < 1024) return `${bytes} bytes`;
    return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  }

  function list(kind) {
    const items = given[kind].map(({ name, bytes, files }) => {
      const remove = element("button", "Remove", { type: "button" });
      remove.setAttribute("aria-label", `Remove ${name}`);
      remove.onclick = () => {
        given[kind] = given[kind].filter((one) => one.name !== name);
        list(kind);
        by_id(kind).focus();
      };
      const item = element("li", "");
      const size = files ? `${files.size} files` : size_of(bytes.length);
      item.append(element("span", name), element("span", size, { className: "size" }), remove);
      return item;
    });
    by_id(`${kind}-list`).replaceChildren(...items);
  }

  function add(kind, one) {
    const others = kind === "evidence" ? [] : given[kind].filter((known) => known.name !== one.name);
    given[kind] = [...others, one];
    list(kind);
  }

  function kind_of(name) {
    const end = name.toLowerCase().split(".").pop();
    if (["zip", "json"].includes(end)) return "evidence";
    if (["docx", "pdf"].includes(end)) return "documents";
    return ["pem", "crt", "cer", "der"].includes(end) ? "certificates" : "receipts";
  }

  async function take(files, kind = null) {
    for (const file of files) {
      try {
        add(kind ?? kind_of(file.name), { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
      } catch {
        by_id("progress").textContent = `${file.name} cannot be read.`;
      }
    }
  }

  async function take_folder(files) {
    const within = [...files].map((file) => [file.webkitRelativePath.split("/").slice(1).join("/"), file]);
    const known = new Map();
    for (const [name, file] of within.filter(([name]) => undersigned._belongs(name))) {
      known.set(name, new Uint8Array(await file.arrayBuffer()));
    }
    if (files.length) add("evidence", { name: files[0].webkitRelativePath.split("/")[0], bytes: new Uint8Array(), files: known });
  }

  for (const kind of KINDS) {
    by_id(kind).onchange = async ({ target }) => {
      await take(target.files, kind);
      target.value = "";
    };
  }
  by_id("folder").onchange = async ({ target }) => {
    await take_folder(target.files);
    target.value = "";
  };
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      document.body.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      if (kind === "drop" || event.relatedTarget === null) document.body.classList.remove("over");
      if (kind === "drop") take(event.dataTransfer.files);
    });
  }

  const lines_of = (id) => by_id(id).value.split("\n").map((line) => line.trim()).filter(Boolean);
  const by_name = (kind) => new Map(given[kind].map(({ name, bytes }) => [name, bytes]));

  function asked() {
    const [{ name, bytes, files }] = given.evidence;
    return {
      evidence: files ?? [name, bytes],
      vkeys: lines_of("vkeys"),
      receipts: by_name("receipts"),
      received: by_name("documents"),
      letter: by_id("letter").value.trim() || null,
      witnesses: lines_of("witnesses"),
      certificates: [...by_name("certificates").values()],
    };
  }

  /** Have it checked in a worker, so that the page goes on; where the browser allows none, here. */
  function check_beside(question) {
    const here = () => new Promise((done) => setTimeout(done, 30)).then(() => checked(question));
    return new Promise((done) => {
      let worker, address;
      try {
        const source = ["checks", "script"].map((id) => by_id(id).textContent).join("\n");
        address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
        worker = new Worker(address);
      } catch {
        done(here());
        return;
      }
      const end = (answer) => {
        worker.terminate();
        URL.revokeObjectURL(address);
        done(answer);
      };
      worker.onmessage = ({ data }) => end(data);
      worker.onerror = (event) => {
        event.preventDefault();
        end(here());
      };
      worker.postMessage(question);
    });
  }

  const MEANING = {
    VALID: "Everything that was given holds. See below who vouches for it, and what was not checked.",
    INVALID: "Something does not hold. Each finding below says what and where.",
    DIVERGED: "The operator has signed two histories of this letter. Both notes are in the report: keep them, they prove it.",
    UNDECIDED: "A file is not what it was given as, so nothing is said about the letter.",
    UNUSABLE: "This cannot be read as evidence, so nothing is said about the letter.",
  };
  const CLASSES = ["holds", "invalid", "diverged", "unusable"];

  function show(found) {
    if (found.refused) {
      found.text = "UNUSABLE: this browser's own check of signatures and this page's do not agree. Please tell the project.\n";
      [found.status, found.verdict] = [3, "UNUSABLE"];
    }
    const [, word, , rest] = /^([A-Z]+)(,|:)?\s*([^]*)$/.exec(found.verdict);
    by_id("box").className = `verdict ${CLASSES[found.status]}`;
    by_id("word").textContent = word;
    by_id("verdict").textContent = word === "UNUSABLE" ? found.text.replace(/^UNUSABLE: /, "").trim() : rest;
    by_id("meaning").textContent = MEANING[word] ?? "";
    by_id("report").textContent = found.text;
    const unchecked = [...found.unchecked];
    if (!found.key_checked) unchecked.unshift(undersigned.KEY_NOT_CHECKED);
    const parts = [
      ["Contradictions", found.diverged],
      ["What does not hold", found.invalid],
      ["What could not be used", found.unusable],
      ["Look at this yourself", found.remarks],
      ["What was found", found.facts],
      ["Not checked", unchecked],
      ["What this does not prove", word === "UNUSABLE" ? [] : undersigned.NOT_PROVED.split("\n- ").slice(1)],
    ].filter(([, sentences]) => sentences.length);
    by_id("found").replaceChildren(
      ...parts.map(([title, sentences]) => {
        const section = element("section");
        const items = element("ul");
        items.append(...sentences.map((sentence) => element("li", undersigned.shown(sentence))));
        section.append(element("h3", title), items);
        return section;
      }),
    );
    by_id("twice").textContent = found.twice
      ? `${found.twice} ${found.twice > 1 ? "signatures were" : "signature was"} checked twice: by this page, and by the browser itself.`
      : "This browser has no Ed25519 of its own, or there was no signature that holds: this page alone has checked.";
    const save = by_id("save");
    if (save.href) URL.revokeObjectURL(save.href);
    save.href = URL.createObjectURL(new Blob([found.text], { type: "text/plain" }));
    by_id("copied").textContent = "";
    by_id("result").hidden = false;
    by_id("result").focus();
    by_id("result").scrollIntoView();
  }

  by_id("form").onsubmit = async (event) => {
    event.preventDefault();
    if (!given.evidence.length) {
      by_id("progress").textContent = "Choose the evidence first.";
      by_id("evidence").focus();
      return;
    }
    by_id("result").hidden = true;
    by_id("check").disabled = true;
    const begun = Date.now();
    const tell = () => (by_id("progress").textContent = `Checking… ${Math.round((Date.now() - begun) / 1000)} s`);
    tell();
    const clock = setInterval(tell, 1000);
    try {
      show(await check_beside(asked()));
      by_id("progress").textContent = "";
    } catch (error) {
      by_id("progress").textContent = `This page failed on what it was given (${error}). Please tell the project.`;
    } finally {
      clearInterval(clock);
      by_id("check").disabled = false;
    }
  };

  by_id("copy").onclick = async () => {
    const words = by_id("report").textContent;
    try {
      await navigator.clipboard.writeText(words);
      by_id("copied").textContent = "Copied.";
    } catch {
      document.querySelector(".whole").open = true;
      getSelection().selectAllChildren(by_id("report"));
      by_id("copied").textContent = document.execCommand("copy") ? "Copied." : "Selected: copy it with your keyboard.";
    }
  };

})();
