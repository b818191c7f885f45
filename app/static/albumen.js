// What pages gain where scripts run: keys, forms that change their own part of the page, and states that renew.
"use strict";

const items = () => [...document.querySelectorAll("[data-item]")];
const inField = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

function current() {
  const active = document.activeElement && document.activeElement.closest("[data-item]");
  return active || document.querySelector("[data-item][data-current]") || items()[0] || null;
}

function goTo(item) {
  if (!item) return;
  for (const other of document.querySelectorAll("[data-current]")) other.removeAttribute("data-current");
  item.setAttribute("data-current", "");
  if (!item.hasAttribute("tabindex")) item.tabIndex = -1;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = items();
  const at = all.indexOf(current());
  const begun = document.activeElement && document.activeElement.closest("[data-item]");
  goTo(all[Math.min(all.length - 1, Math.max(0, begun ? at + step : at))]);
}

// A key acts on the item that has the focus (else the first one), then on the page as a whole.
function shortcut(key) {
  const matches = (root) => root && [...root.querySelectorAll("[data-shortcut]")].find((e) => e.dataset.shortcut === key && !e.disabled);
  const outside = [...document.querySelectorAll("[data-shortcut]")].find((e) => e.dataset.shortcut === key && !e.disabled && !e.closest("[data-item]"));
  return matches(current()) || outside;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || inField(event.target)) return;
  if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    move(event.key === "j" ? 1 : -1);
    return;
  }
  const found = shortcut(event.key);
  if (found) {
    event.preventDefault();
    found.click();
  }
});

function say(text) {
  const place = document.querySelector(".said");
  place.textContent = text;
  place.hidden = !text;
}

// The answer is the HTML of the item as it is now, nothing where it is done with.
async function sendInPlace(form, button) {
  const item = form.closest("[data-item]");
  const body = new FormData(form, button && button.name ? button : undefined);
  const plain = form.enctype !== "multipart/form-data";
  item.classList.add("going");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: plain ? new URLSearchParams(body) : body,
      headers: { "X-Inplace": "1" },
      redirect: "error",
    });
    const told = answer.headers.get("X-Said");
    if (!answer.ok) {
      item.classList.remove("going");
      say(told ? decodeURIComponent(told) : document.body.dataset.failed);
      return;
    }
    replace(item, await answer.text());
    say(told ? decodeURIComponent(told) : "");
  } catch {
    item.classList.remove("going");
    say(document.body.dataset.failed);
  }
}

function replace(item, html) {
  const all = items();
  const at = all.indexOf(item);
  const next = all[at + 1] || all[at - 1] || null;
  const made = new DOMParser().parseFromString(html, "text/html").body;
  const fresh = [...made.children];
  const had = item.contains(document.activeElement) || document.activeElement === document.body;
  item.replaceWith(...fresh);
  showKeys(document);
  const stays = fresh.find((element) => element.matches("[data-item]"));
  if (had) goTo(stays || next);
  if (!items().length && document.querySelector("[data-more]")) location.reload();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-inplace]") && form.closest("[data-item]")) {
    event.preventDefault();
    sendInPlace(form, event.submitter);
  }
});

// Buttons show their keys; of links and all others a tooltip tells.
function showKeys(root) {
  for (const element of root.querySelectorAll("[data-shortcut]:not([aria-keyshortcuts])")) {
    element.setAttribute("aria-keyshortcuts", element.dataset.shortcut);
    element.title = document.body.dataset.shortcutsTitle.replace("{key}", element.dataset.shortcut);
    if (!element.matches("button, .button")) continue;
    const key = document.createElement("kbd");
    key.textContent = element.dataset.shortcut;
    element.append(key);
  }
}

// A part with data-renew is asked for again every few seconds; when it comes without that mark it is done.
function renewLater(part) {
  setTimeout(async () => {
    try {
      const answer = await fetch(part.dataset.renew, { headers: { "X-Inplace": "1" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
      part.replaceWith(fresh);
      if (fresh.dataset.renew) renewLater(fresh);
      else if (fresh.hasAttribute("data-ended")) location.reload();
    } catch {
      renewLater(part);
    }
  }, 3000);
}

document.addEventListener("DOMContentLoaded", () => {
  const here = document.querySelector(".top nav a[aria-current]"); // on phones it may stand beside the screen
  if (here) here.closest("ul").scrollLeft = here.offsetLeft - here.closest("ul").offsetLeft - 16;
  showKeys(document);
  for (const part of document.querySelectorAll("[data-renew]")) renewLater(part);
});
