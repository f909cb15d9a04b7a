// What pages gain when a browser runs scripts: keys, folding, values by click, live counts. All of it works without.
"use strict";
(() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const typing = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
  const say = (text) => { const live = one("#live"); if (live) live.textContent = text; };

  // The inbox: j and k go through the rows, Enter opens, x ticks.
  const rows = all("[data-list] tbody tr");
  let at = -1;
  const go = (step) => {
    if (!rows.length) return;
    if (at >= 0) rows[at].removeAttribute("aria-selected");
    at = Math.min(rows.length - 1, Math.max(0, at + step));
    rows[at].setAttribute("aria-selected", "true");
    one("a.question", rows[at]).focus();
  };

  // Records side by side: what is equal is folded away until somebody asks.
  for (const body of all("[data-fold]")) {
    if (!body.rows.length || !all("tr.differs").length) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain fold-toggle";
    const show = (open) => {
      body.hidden = !open;
      button.textContent = open ? "Fold equal fields" : `Show ${body.rows.length} equal fields`;
      button.setAttribute("aria-expanded", open);
    };
    button.addEventListener("click", () => show(body.hidden));
    body.closest(".scroll").after(button);
    show(false);
  }

  // A click on a value takes it for the golden record, another puts it back.
  const takes = all("[data-take]");
  const press = (field, value) => {
    for (const each of takes) if (each.dataset.take === field) each.setAttribute("aria-pressed", each.dataset.value === value);
  };
  for (const take of takes) {
    take.disabled = false;
    take.setAttribute("aria-pressed", "false");
    take.title = "Take this value; again to put it back";
    take.addEventListener("click", () => {
      const input = one(`[name="edit.${CSS.escape(take.dataset.take)}"]`);
      input.value = take.getAttribute("aria-pressed") === "true" ? "" : take.dataset.value;
      press(take.dataset.take, input.value);
      say(input.value ? `${take.dataset.take} taken` : `${take.dataset.take} put back`);
    });
  }
  for (const input of all("[data-edit]")) input.addEventListener("input", () => press(input.name.slice(5), input.value));

  // Keys. Whatever is typed into a field is text, and Escape leaves the field.
  const verdict = one("[data-verdict]");
  const press_key = (key) => {
    const found = all("[data-key]").find((each) => each.dataset.key.split(" ").includes(key) && !each.disabled);
    if (found) found.click();
    return Boolean(found);
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (event.key === "Enter" && event.target.matches("[data-edit], [data-note]")) { event.preventDefault(); event.target.blur(); return; }
    if (event.key === "Enter" && event.target.id === "reason" && event.target.value) { event.preventDefault(); press_key("r"); return; }
    if (typing(event.target) || one("dialog[open]")) return;
    const key = event.key;
    let done = true;
    if (key === "?") { const keys = one("#keys"); if (keys) keys.showModal(); else done = false; }
    else if (key === "/") { const search = one("input[type=search]"); if (search) search.focus(); else done = false; }
    else if (key === "z") { const undo = one("[data-undo]"); if (undo) undo.click(); else done = false; }
    else if (rows.length && key === "j") go(1);
    else if (rows.length && key === "k") go(-1);
    else if (rows.length && key === "x" && at >= 0) { const tick = one("[type=checkbox]", rows[at]); if (tick) tick.click(); }
    else if (verdict && key === "k") history.back();
    else if (verdict && key === "r" && one("#reason") && !one("#reason").value) { one("#reason").focus(); say("Choose a reason, then Enter"); }
    else if (verdict && key === "e") { const edit = one("tr.differs [data-edit], [data-edit]", verdict); if (edit) edit.focus(); else done = false; }
    else done = press_key(key);
    if (done) event.preventDefault();
  });
  for (const button of all("[data-help]")) { button.hidden = false; button.addEventListener("click", () => one("#keys").showModal()); }

  // A verdict is said once, however often the key is hit.
  if (verdict) verdict.addEventListener("submit", (event) => {
    if (verdict.dataset.sent) { event.preventDefault(); return; }
    if (event.submitter && event.submitter.value === "reject" && !one("#reason").value) { event.preventDefault(); one("#reason").focus(); say("Choose a reason"); return; }
    verdict.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => { if (verdict) delete verdict.dataset.sent; });

  // The next question is fetched before it is asked for.
  const next = one("a[rel=next]");
  if (next && verdict) { const hint = document.createElement("link"); hint.rel = "prefetch"; hint.href = next.href; document.head.append(hint); }

  // What is slow to compose comes after the page.
  for (const place of all("[data-preview]")) {
    const load = async () => {
      const answer = await fetch(place.dataset.preview, { headers: { "x-part": "1" } });
      if (answer.ok) place.innerHTML = await answer.text();
      else place.firstChild.textContent = "It could not be composed. Try again";
    };
    one("a", place).addEventListener("click", (event) => { event.preventDefault(); place.firstChild.textContent = "Composing …"; load(); });
  }

  // The slider says where it stands, and shows that when it is let go.
  for (const form of all("[data-steps]")) {
    const range = one("input[type=range]", form), told = one("output", form);
    const tell = () => { const at = one(`option[value="${range.value}"]`, form); if (at) told.textContent = at.label; };
    range.addEventListener("input", tell);
    range.addEventListener("change", () => form.requestSubmit());
    if (new URLSearchParams(location.search).get("step") || new URLSearchParams(location.search).get("at")) tell();
  }

  // Filters apply when they are chosen; counts are looked at again now and then.
  for (const form of all("form[data-auto]")) form.addEventListener("change", () => form.requestSubmit());
  const counts = one("[data-counts]");
  if (counts) setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(`/api/v1/${document.body.dataset.tenant}/counts`);
    if (!answer.ok) return;
    const told = await answer.json();
    for (const each of all("[data-count]", counts)) each.textContent = told[each.dataset.count].toLocaleString("en");
  }, 20000);
})();
