// Compares a file with the digest of the one that was issued, without sending it. Without this the form sends it.
"use strict";

const form = document.querySelector("form[data-sha256]");
if (form && window.crypto && window.crypto.subtle) {
  const chosen = form.querySelector("input[type=file]");
  const verdict = document.querySelector("[data-verdict]");
  form.querySelector("[data-here]").hidden = false;
  form.querySelector("[data-sent]").hidden = true;
  form.querySelector(".buttons").hidden = true;

  const compare = async (file) => {
    document.querySelectorAll(".verify-verdict").forEach((old) => old.remove());
    verdict.replaceChildren();
    const digest = new Uint8Array(await window.crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    const hex = Array.from(digest, (each) => each.toString(16).padStart(2, "0")).join("");
    const which = hex === form.dataset.sha256 ? "[data-same]" : "[data-other]";
    const said = document.querySelector(which).content.cloneNode(true);
    said.querySelector("p").removeAttribute("role"); // the region around it is read out
    verdict.replaceChildren(said);
  };
  const take = (file) => {
    // Whatever cannot be read here is sent, as without script.
    if (file) compare(file).catch(() => (form.querySelector(".buttons").hidden = false));
  };

  chosen.addEventListener("change", () => take(chosen.files[0]));
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("verify-over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("verify-over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("verify-over");
    take(event.dataTransfer.files[0]);
  });
}
