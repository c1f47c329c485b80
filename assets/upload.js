// Sends dropped or chosen files, shows how far they are, then opens the page that the answer names, or presses
// [data-uploaded] where it names none. Loaded by shell.js where a page has [data-drop]. Elements it works on: [data-drop]
// around input[data-upload] (its value is where files go, /import/file when empty), [data-upload-bar] (a progress
// element), [data-upload-line] (a line of text): ui/components/files.py makes them.
(() => {
  const LARGEST = 20 * 1024 * 1024;
  const IMPORT = "/import/file";
  const goal = () => document.querySelector("input[data-upload]")?.dataset.upload || IMPORT;
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
  const send = (file, many, to) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", to + "?name=" + encodeURIComponent(file.name.slice(0, 200)));
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) show((100 * event.loaded) / event.total);
      });
      request.addEventListener("load", () => {
        let answer = {};
        try {
          answer = JSON.parse(request.responseText);
        } catch {}
        if (request.status === 201) resolve(many && to === IMPORT ? "/import" : answer.page ?? "");
        else if (request.status === 401) resolve("/login?next=" + encodeURIComponent(location.pathname));
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
      const to = goal();
      let page = "";
      for (const file of chosen) {
        const advice = to === IMPORT ? " Export it in parts, a year at a time." : "";
        if (file.size > LARGEST) throw `${file.name} is larger than 20 MB.${advice}`;
        if (!file.size) throw `${file.name} is empty.`;
        say(`Sending ${file.name} …`, false);
        show(0);
        page = await send(file, chosen.length > 1, to);
      }
      if (page) return location.assign(page);
      show(null);
      say("", false);
      document.querySelector("[data-uploaded]")?.click();
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
