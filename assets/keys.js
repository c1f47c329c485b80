// Keys and the command palette, on every page. What a key does is written on the element that it presses:
//   data-key      one of the page; in a [data-bulk] bar it goes before a row's
//   data-row-key  one of the row that has the focus ([data-row] inside [data-row-of])
//   data-go       the second key after G
(() => {
  const typing = (at) =>
    at.isContentEditable || ["TEXTAREA", "SELECT"].includes(at.tagName) ||
    (at.tagName === "INPUT" && !["checkbox", "radio", "button", "submit"].includes(at.type));
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const at = () => rows().findIndex((row) => (row.closest("[data-row-of]") ?? row).contains(document.activeElement));
  const move = (by) => {
    const all = rows(), here = at();
    const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };
  const pressed = (key) => {
    const named = (mark) => `[${mark}="${CSS.escape(key)}"]`;
    const row = rows()[at()]?.closest("[data-row-of]");
    return document.querySelector(`[data-bulk] ${named("data-key")}`) ?? row?.querySelector(named("data-row-key")) ??
      document.querySelector(named("data-key"));
  };
  let going = 0;
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && key === "k") {
      event.preventDefault();
      const palette = document.getElementById("palette");
      if (palette?.open) palette.close(); else open();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (going > performance.now() && /^[a-z]$/.test(key)) {
      going = 0;
      event.preventDefault();
      document.querySelector(`[data-go="${key}"]`)?.click();
      return;
    }
    going = 0;
    if (key === "g") { going = performance.now() + 1500; return; }
    if (key === "j" || key === "k") { event.preventDefault(); move(key === "j" ? 1 : -1); return; }
    if ((key === " " || key === "enter") && !event.target.matches("[data-row]")) return;
    const wanted = key === "?" ? document.querySelector("[data-opens=keys]") : key === "enter" ? null : pressed(key);
    if (!wanted || wanted.disabled) return;
    event.preventDefault();
    if (typing(wanted)) { wanted.focus(); wanted.select?.(); } else { wanted.click(); }
  });

  // A finger that rests on a row chooses it, where choosing is a mode that a button begins ([data-selects]).
  let resting = 0, rested = false;
  const lift = () => { clearTimeout(resting); resting = 0; };
  document.addEventListener("pointerdown", (event) => {
    const row = event.target.closest?.("[data-row]"), begin = document.querySelector("[data-selects]");
    rested = false;
    if (event.pointerType !== "touch" || !row || !begin?.offsetParent || begin.getAttribute("aria-pressed") === "true") return;
    lift();
    resting = setTimeout(() => {
      rested = true;
      begin.click();
      const box = () => row.closest("[data-row-of]")?.querySelector("[data-picks=true] input");
      const wait = setInterval(() => { if (box()) { clearInterval(wait); box().click(); } }, 50);
      setTimeout(() => clearInterval(wait), 10000);
    }, 500);
  });
  for (const over of ["pointerup", "pointercancel", "pointermove"]) {
    document.addEventListener(over, (event) => {
      if (over !== "pointermove" || Math.hypot(event.movementX, event.movementY) > 4) lift();
    });
  }
  for (const after of ["click", "contextmenu"]) {
    document.addEventListener(after, (event) => {
      if (rested && event.isTrusted && event.target.closest?.("[data-row-of]")) { event.preventDefault(); event.stopPropagation(); }
      if (after === "click" && event.isTrusted) rested = false;
    }, true);
  }

  // A cell that is edited in its place: Escape leaves it, and focus goes back to its row when it is gone.
  let edited = "";
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.("[data-cell]");
    if (!cell) return;
    if (event.key === "Enter" || event.key === "Escape") edited = cell.dataset.cell;
    if (event.key === "Escape") { event.preventDefault(); cell.querySelector("[data-dismiss]")?.click(); }
  });
  new MutationObserver(() => {
    const cell = document.querySelector("[data-cell] input[autofocus], [data-cell] input");
    if (cell && !cell.dataset.met) { cell.dataset.met = "1"; cell.focus(); cell.select(); }
    if (!edited || document.querySelector("[data-cell]")) return;
    const row = document.querySelector(`[data-row][data-reference="${CSS.escape(edited)}"]`);
    edited = "";
    if (row && document.activeElement === document.body) row.focus();
  }).observe(document.documentElement, { childList: true, subtree: true });

  // The palette: its entries stand in the page; what is typed hides and orders them.
  const entries = () => [...document.querySelectorAll("#palette [role=option]")];
  const shown = () => entries().filter((one) => !one.hidden).sort((a, b) => a.style.order - b.style.order);
  const far = (typed, name) => {
    if (!typed) return 0;
    const place = name.indexOf(typed);
    if (place === 0) return 1;
    if (place > 0) return name[place - 1] === " " ? 2 : 3;
    let from = -1, gaps = 0;
    for (const char of typed) {
      if (char === " ") continue;
      const next = name.indexOf(char, from + 1);
      if (next < 0) return -1;
      gaps += next - from - 1;
      from = next;
    }
    return gaps > 12 ? -1 : 4 + gaps;
  };
  const choose = (one) => {
    for (const entry of entries()) entry.setAttribute("aria-selected", String(entry === one));
    const field = document.querySelector("#palette input");
    if (one) { field.setAttribute("aria-activedescendant", one.id); one.scrollIntoView({ block: "nearest" }); }
    else field.removeAttribute("aria-activedescendant");
  };
  const narrow = () => {
    const typed = document.querySelector("#palette input").value.trim().toLowerCase();
    entries().forEach((one, number) => {
      const searches = one.hasAttribute("data-searches");
      const words = `${one.textContent.trim()} ${one.dataset.also ?? ""}`.toLowerCase();
      const distance = searches ? (typed ? 90 : -1) : far(typed, words);
      one.hidden = distance < 0;
      one.style.order = distance * 100 + number;
      const told = one.querySelector("[data-typed]");
      if (told) told.textContent = typed;
    });
    choose(shown()[0]);
  };
  const open = () => {
    const palette = document.getElementById("palette");
    if (!palette || document.querySelector("dialog[open]")) return;
    palette.querySelector("input").value = "";
    palette.showModal();
    narrow();
    palette.querySelector("input").focus();
  };
  document.addEventListener("input", (event) => { if (event.target.closest("#palette")) narrow(); });
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("#palette")) return;
    const all = shown(), here = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(all[(here + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      all[here]?.click();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-act=palette]")) open();
    if (event.target.closest("[data-act=hide]")) document.querySelector("[data-act=mask]")?.click();
    if (event.target.id === "palette" || event.target.id === "keys") event.target.close();
    // After the entry's own listeners: a form that is to be sent must still be there.
    if (event.target.closest("#palette [role=option]")) setTimeout(() => document.getElementById("palette")?.close());
  });
})();
