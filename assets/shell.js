// The little that must run before or beside the pages. Loaded before the first paint; touches no data.
(() => {
  const root = document.documentElement;
  const year = 31536000;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const read = (name) => (document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)")) || [])[1];
  const keep = (name, value) => {
    document.cookie = `${name}=${value}; Path=/; Max-Age=${year}; SameSite=Lax${secure}`;
  };

  // Theme and hidden amounts outlive a sign-out, which clears the storage but not these two cookies.
  try {
    const theme = read("fintwin-theme");
    if (theme && !localStorage.getItem("theme")) {
      localStorage.setItem("theme", theme);
      const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
      root.classList.remove("light", "dark");
      root.classList.add(dark ? "dark" : "light");
      root.style.colorScheme = dark ? "dark" : "light";
    }
  } catch {}
  if (read("fintwin-masked") === "1") root.classList.add("masked");
  if (read("fintwin-demo") || read("__Host-fintwin-demo")) root.classList.add("demo");
  addEventListener("pagehide", () => {
    try {
      const theme = localStorage.getItem("theme");
      if (theme) keep("fintwin-theme", theme);
    } catch {}
  });

  const mask = () => {
    const masked = root.classList.toggle("masked");
    keep("fintwin-masked", masked ? "1" : "0");
    pressed();
  };
  const pressed = () => {
    for (const button of document.querySelectorAll("[data-act=mask]"))
      button.setAttribute("aria-pressed", String(root.classList.contains("masked")));
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-act=mask]")) mask();
    if (event.target.closest("[data-act=skip]")) {
      event.preventDefault();
      document.getElementById("page")?.focus();
    }
    const menu = event.target.closest("[popover=auto] a, [popover=auto] button");
    if (menu) menu.closest("[popover]").hidePopover();
    if (event.target.matches("dialog[data-modal]")) dismiss(event.target);
    const cross = event.target.closest("dialog[data-modal] a[data-dismiss]");
    if (cross && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) shut(cross.closest("dialog"), cross.href);
    // A question that the browser asks alone: no answer of the server is needed to open or to leave it.
    const opens = event.target.closest("[data-opens]");
    if (opens) document.getElementById(opens.dataset.opens)?.showModal();
    const shuts = event.target.closest("[data-shuts]");
    if (shuts) document.getElementById(shuts.dataset.shuts)?.close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.shiftKey && event.key.toLowerCase() === "p") {
      event.preventDefault();
      mask();
    }
  });

  // A form that was sent and refused: its first wrong field is brought into sight, since on a phone it may lie above.
  // One that was drawn anew by the refusal stands where the other stood; a field may lie behind what is folded.
  let sent = null;
  const show = () => {
    if (!sent || performance.now() >= sent.until) return;
    const place = sent.form.isConnected ? sent.form : sent.around;
    const wrong = place?.querySelector("[aria-invalid=true], [data-wrong=true] input");
    if (!wrong) return;
    sent = null;
    const folded = wrong.closest("details:not([open])");
    if (folded) folded.open = true;
    wrong.focus({ preventScroll: true });
    wrong.scrollIntoView({ block: "center" });
  };
  document.addEventListener("submit", (event) => {
    sent = { form: event.target, around: event.target.parentElement, until: performance.now() + 5000 };
    setTimeout(show, 800);
  });
  new MutationObserver(show).observe(root, { subtree: true, attributes: true, attributeFilter: ["aria-invalid", "data-wrong"] });

  // A date that is half typed is an empty value to the form: as such it would be taken for "today" or "never".
  document.addEventListener("formdata", (event) => {
    for (const field of event.target.elements)
      if (field.name && field.validity?.badInput) event.formData.set(field.name, "?");
  });

  // A form that goes to a route leaves the page, so an empty field of it is told of here, and not by the browser.
  document.addEventListener("invalid", (event) => {
    const line = document.getElementById(event.target.name + "-unsent");
    if (!line) return;
    event.preventDefault();
    const mark = (wrong) => {
      line.hidden = !wrong;
      event.target.setAttribute("aria-invalid", String(wrong));
    };
    mark(true);
    event.target.setAttribute("aria-describedby", line.id);
    event.target.focus();
    event.target.addEventListener("input", () => mark(false), { once: true });
  }, true);

  // A <dialog data-modal> that appears is opened as a modal; when it goes, focus returns to where it was.
  // A step that takes the place of another says by data-focus where to go on: the button that led there is gone.
  let opener = null;
  const met = new WeakSet();
  const goOn = () => {
    const open = [...document.querySelectorAll("dialog[data-modal][open]")].at(-1);
    const place = open?.querySelector("[data-focus]");
    if (!place || met.has(place)) return;
    met.add(place);
    if (document.activeElement === document.body || document.activeElement === open) place.focus();
  };
  // The same in a page: what had the focus is gone, and the part that took its place says by data-next where to go on.
  // A field that was drawn anew keeps it; a line about what happened gives it back to where it came from.
  let held = null, around = null, form = null, before = null;
  document.addEventListener("focusin", (event) => {
    held = event.target;
    form = held.form;
    around = document.getElementById("page");
    if (!held.closest("#lines")) before = held;
  });
  document.addEventListener("focusout", ({ target }) => {
    // What is taken out loses it while it is still there; a person who leaves a field wants it nowhere else.
    queueMicrotask(() => {
      if (held === target && target.isConnected && !target.closest("[inert]") && document.activeElement === document.body) held = null;
    });
  });
  // A page that is read again after an outage answers to nobody meanwhile.
  new MutationObserver(() => {
    if (held?.isConnected && !held.closest("[inert]") && document.activeElement === document.body) held.focus({ preventScroll: true });
  }).observe(root, { subtree: true, attributes: true, attributeFilter: ["inert"] });
  const follow = () => {
    const lost = () => held && !held.isConnected && around?.isConnected && document.activeElement === document.body;
    for (const place of document.querySelectorAll("#page [data-next]")) {
      if (met.has(place)) continue;
      met.add(place);
      if (lost()) place.focus();
    }
    if (!lost()) return;
    const anew = form?.isConnected && held.name && form.elements.namedItem(held.name);
    if (anew instanceof HTMLElement) anew.focus({ preventScroll: true });
    else if (held !== before) (before?.isConnected ? before : around).focus({ preventScroll: true });
  };
  // What an answer adds below the end of what is seen is brought into sight.
  const appear = () => {
    for (const part of document.querySelectorAll("[data-appears]")) {
      if (met.has(part)) continue;
      met.add(part);
      part.scrollIntoView({ block: "nearest" });
    }
  };
  const dismiss = (dialog) => dialog.querySelector("[data-dismiss]")?.click();
  // A dialog that the address names goes with its address, at once: the server, which takes it out, may be away. So it
  // counts as gone until it is, unless its address comes back or another one stands in its place by then.
  const left = new WeakMap();
  const shut = (dialog, to) => {
    if (to === location.href) return;
    left.set(dialog, { address: location.href, title: dialog.ariaLabel, moved: false });
    dialog.close();
    look();
  };
  const gone = (dialog) => {
    const from = left.get(dialog);
    if (!from) return false;
    const there = location.href === from.address;
    if ((from.moved && there) || dialog.ariaLabel !== from.title) left.delete(dialog);
    from.moved ||= !there;
    return left.has(dialog);
  };
  const modals = () => [...document.querySelectorAll("dialog[data-modal]")].filter((dialog) => !gone(dialog));
  document.addEventListener("cancel", (event) => {
    if (event.target.matches("dialog[data-modal]")) {
      event.preventDefault();
      dismiss(event.target);
    }
  }, true);
  const clock = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  // Lines about what just happened go on top of an open dialog; one that opens later puts away those that only tell.
  const tell = (opening) => {
    const lines = document.getElementById("lines");
    if (!lines) return;
    const fresh = lines.querySelectorAll(".line:not([data-told])");
    for (const line of fresh) line.dataset.told = "1";
    // A page that loads brings the line of the page before and takes it back at once.
    if (fresh.length) setTimeout(() => raise(lines), 200);
    else if (opening) {
      for (const line of lines.querySelectorAll(".toast")) line.hidden = true;
      if (lines.matches(":popover-open")) lines.hidePopover();
    } else if (!modals().length && !lines.matches(":popover-open")) raise(lines);
  };
  const raise = (lines) => {
    if (!lines.isConnected) return;
    if (lines.matches(":popover-open")) lines.hidePopover();
    if (lines.querySelector(".line:not([hidden])")) lines.showPopover();
  };
  let uploading = false;
  const look = () => {
    pressed();
    if (sent && !sent.form.isConnected) show();
    if (!uploading && document.querySelector("[data-drop]")) {
      uploading = true;
      const script = document.createElement("script");
      script.src = "/upload.js";
      document.head.append(script);
    }
    const since = document.querySelector("[data-as-of]:empty");
    if (since) since.textContent = clock();
    const dialog = modals().find((one) => !one.open);
    tell(dialog);
    if (dialog) {
      opener = document.activeElement;
      dialog.showModal();
      met.add(dialog.querySelector("[data-focus]") ?? dialog);
      (dialog.querySelector("[data-focus]") ?? dialog.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
    } else if (opener && !modals().length) {
      // What led there may be gone by what was done, or was an address: then the page itself, where reading goes on.
      const back = opener.isConnected && opener !== document.body;
      const next = back ? opener : (document.querySelector("#page [data-next]") ?? document.getElementById("page"));
      if (document.activeElement === document.body) next?.focus({ preventScroll: !back });
      opener = null;
    }
    goOn();
    follow();
    appear();
  };
  new MutationObserver(look).observe(root, { childList: true, subtree: true });
  if (window.navigation) navigation.addEventListener("currententrychange", look);
  else addEventListener("popstate", () => setTimeout(look));

  // A browser that is offline knows at once; the socket finds out seconds later, and has a line of its own.
  const cut = (off) => {
    const line = document.getElementById("offline-line");
    if (!line) return;
    if (off) line.querySelector("time").textContent = clock();
    line.hidden = !off;
  };
  addEventListener("offline", () => cut(true));
  addEventListener("online", () => cut(false));

  // Hidden fields marked with data-browser are filled with what the browser knows when their form is sent.
  const facts = {
    zone: () => Intl.DateTimeFormat().resolvedOptions().timeZone || "",
    locale: () => navigator.language || "",
    keep: () => (document.querySelector("[data-keep]")?.checked ? "1" : "0"),
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    for (const field of form.querySelectorAll("input[data-browser]")) field.value = facts[field.dataset.browser]();
    // A provider is elsewhere, and the policy lets forms be sent to ourselves only: this one is a link with a query.
    if (form.matches("[data-go]")) {
      event.preventDefault();
      location.assign(form.getAttribute("action") + "?" + new URLSearchParams(new FormData(form)));
    }
  }, true);

  if ("serviceWorker" in navigator && (location.protocol === "https:" || /^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname)))
    addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
})();
