// Says what the case that is being entered will count toward, as it is typed. Without this a button asks the same.
"use strict";

const form = document.querySelector("form[data-preview]");
if (form) {
  const PAUSE = 300; // milliseconds without typing
  const says = document.getElementById("foreseen-says");
  const section = document.getElementById("foreseen");
  const body = document.getElementById("foreseen-body");
  let timer = 0;
  let asked = null;

  // Read out only when it has changed.
  const say = (text) => {
    if (says.textContent !== text) says.textContent = text;
  };

  const show = (answer) => {
    const text = answer.getElementById("foreseen-says");
    const found = answer.getElementById("foreseen-body");
    if (!text || !found) throw new Error("another page answered");
    const before = body.querySelector("details");
    const after = found.querySelector("details");
    const focused = before && before.contains(document.activeElement);
    if (before && after) after.open = before.open;
    body.replaceChildren(...found.childNodes);
    if (focused && after) after.querySelector("summary").focus();
    section.hidden = !body.firstElementChild;
    say(text.textContent.trim());
  };

  const ask = async () => {
    if (asked) asked.abort();
    const mine = new AbortController();
    asked = mine;
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        signal: mine.signal,
      });
      if (!answer.ok) throw new Error(`the answer is ${answer.status}`);
      const text = await answer.text();
      show(new DOMParser().parseFromString(text, "text/html"));
    } catch {
      if (mine.signal.aborted) return;
      body.replaceChildren();
      section.hidden = true;
      say("What it will count toward cannot be told now; go on, that changes nothing.");
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };

  for (const button of form.querySelectorAll("button[value=preview]")) button.hidden = true;
  form.addEventListener("input", soon);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    if (asked) asked.abort();
  });
  addEventListener("pageshow", soon); // also when the browser has brought back what was typed
}
