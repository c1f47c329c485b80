// Sends dropped or chosen bank files to /import/file, shows how far they are, then opens the page of the last one.
// Loaded by shell.js where a page has [data-drop]. Elements it works on: [data-drop] around input[data-upload],
// [data-upload-bar] (a progress element), [data-upload-line] (a line of text).
(() => {
  const LARGEST = 20 * 1024 * 1024;
  let busy = false;
  const part = (name) => document.querySelector(`[data-upload-${name}]`);
  const say = (text, bad) => {
    const line = part("line");
    if (!line) return;
    line.textContent = text;
    line.classList.toggle("text-bad", bad);
    line.classList.toggle("text-ink-2", !bad);
  };
  const show = (done) => {
    const bar = part("bar");
    if (!bar) return;
    bar.hidden = done === null;
    if (done !== null) bar.value = done;
  };
  const send = (file, many) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", "/import/file?name=" + encodeURIComponent(file.name.slice(0, 200)));
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) show((100 * event.loaded) / event.total);
      });
      request.addEventListener("load", () => {
        let answer = {};
        try {
          answer = JSON.parse(request.responseText);
        } catch {}
        if (request.status === 201) resolve(many ? "/import" : answer.page);
        else if (request.status === 401) resolve("/login?next=" + encodeURIComponent("/import"));
        else reject(answer.detail || "The file was not taken. Try again in a moment.");
      });
      request.addEventListener("error", () => reject("The connection broke off. Nothing was kept; try again."));
      request.send(file);
    });
  const take = async (files) => {
    const chosen = [...files].slice(0, 20);
    if (busy || !chosen.length) return;
    busy = true;
    try {
      let page = "/import";
      for (const file of chosen) {
        if (file.size > LARGEST) throw `${file.name} is larger than 20 MB. Export it in parts, a year at a time.`;
        if (!file.size) throw `${file.name} is empty.`;
        say(`Sending ${file.name} …`, false);
        show(0);
        page = await send(file, chosen.length > 1);
      }
      location.assign(page);
    } catch (problem) {
      show(null);
      say(String(problem), true);
    } finally {
      busy = false;
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[data-upload]")) {
      take(event.target.files);
      event.target.value = "";
    }
  });
  const zone = (event) => event.target instanceof Element && document.querySelector("[data-drop]");
  for (const kind of ["dragenter", "dragover"])
    document.addEventListener(kind, (event) => {
      const drop = zone(event);
      if (!drop || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      drop.setAttribute("data-over", "");
    });
  for (const kind of ["dragleave", "drop"])
    document.addEventListener(kind, (event) => {
      const drop = zone(event);
      if (!drop) return;
      if (kind === "dragleave" && event.relatedTarget) return;
      drop.removeAttribute("data-over");
      if (kind === "drop" && event.dataTransfer?.files.length) {
        event.preventDefault();
        take(event.dataTransfer.files);
      }
    });
  // Marks that files can be taken now.
  document.documentElement.setAttribute("data-upload-ready", "");
})();
