// Leads from a complaint to its line in the text. Without this the link still leads to the text.
"use strict";

for (const link of document.querySelectorAll("a[data-line]")) {
  link.addEventListener("click", (event) => {
    const box = document.getElementById("text");
    const line = Number(link.dataset.line);
    if (!box || !line) return;
    event.preventDefault();
    const lines = box.value.split("\n");
    const begin = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    box.focus();
    box.setSelectionRange(begin, begin + (lines[line - 1] || "").length);
    const height = box.scrollHeight / lines.length;
    box.scrollTop = Math.max(0, (line - 4) * height);
    box.scrollIntoView({ block: "nearest" });
  });
}
