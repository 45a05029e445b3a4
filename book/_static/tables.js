/* Tables that a reader can sort and search: a button in every heading, and a field above the table.

   It is our own because DataTables would make a page with one table 725 kB larger, more than all else on it, and
   puts the table in a box of its own that cannot be scrolled by keyboard. Without this script, as in JupyterLab, the
   tables are plain ones.

   src/ultragain/book/kit/tables.py writes what it reads: <div class="ug-scroll ug-sortable"><table>. */
"use strict";

(() => {
  const { compare } = new Intl.Collator("en", { numeric: true });

  /* Numbers, 1.9e-03 too, come by their size; other text as in a dictionary, what is empty first. */
  function byContent(a, b) {
    const difference = a && b ? Number(a) - Number(b) : NaN;
    return isNaN(difference) ? compare(a, b) : difference;
  }

  function sort(table, headings, column) {
    const turned = headings[column].getAttribute("aria-sort") === "ascending";
    for (const heading of headings) heading.removeAttribute("aria-sort");
    headings[column].setAttribute("aria-sort", turned ? "descending" : "ascending");
    const text = (row) => row.cells[column].textContent.trim();
    const rows = [...table.tBodies[0].rows].sort((a, b) => (turned ? -1 : 1) * byContent(text(a), text(b)));
    table.tBodies[0].append(...rows);
  }

  /* Only rows stay that have all the words in them. */
  function search(table, words) {
    const rows = [...table.tBodies[0].rows];
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    return `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  }

  function enhance(frame) {
    const table = frame.querySelector("table"), headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.onclick = () => sort(table, headings, column);
      heading.replaceChildren(button);
    });
    const label = document.createElement("label"), field = document.createElement("input");
    const count = document.createElement("span");
    label.className = "ug-search";
    field.type = "search";
    count.setAttribute("role", "status");
    field.oninput = () => (count.textContent = search(table, field.value.toLowerCase().split(/\s+/)));
    label.append("Search ", field, " ", count);
    frame.before(label);
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".ug-sortable").forEach(enhance));
})();
