"use strict";
(() => {
  const byID = (id) => document.getElementById(id);
  const form = byID("filter");
  const host = byID("host");
  const text = byID("text");
  const severity = byID("severity");
  const rows = [...document.querySelectorAll("[data-hosts]")].map((element) => ({
    element,
    hosts: element.dataset.hosts.toLowerCase(),
    text: element.textContent.toLowerCase(),
    // What stands in the table of a cause, and the list of hosts, is looked up by host alone.
    byText: element.closest("details") === null || element.matches(".cause"),
  }));
  const names = new Set([...byID("hosts").children].map((option) => option.value.toLowerCase()));
  // Of a whole name, web-1 is not web-10.
  const isOn = (hosts, wanted) => (names.has(wanted) ? ` ${hosts} `.includes(` ${wanted} `) : hosts.includes(wanted));
  const causes = document.querySelectorAll(".cause");
  const tables = [...document.querySelectorAll("section.told")];
  const apply = () => {
    const wanted = host.value.trim().toLowerCase();
    const words = text.value.trim().toLowerCase();
    for (const row of rows) {
      const level = row.element.dataset.severity;
      row.element.hidden = !(
        isOn(row.hosts, wanted) &&
        (!row.byText || row.text.includes(words)) &&
        (level === undefined || severity.value === "" || level === severity.value)
      );
    }
    for (const table of tables) {
      table.hidden = table.querySelector("tr:not([hidden])") === null;
    }
    const shown = [...causes].filter((c) => !c.hidden).length;
    byID("shown").textContent = `${shown} of ${causes.length} causes`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  apply();
})();
