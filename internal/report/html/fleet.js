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
  }));
  const causes = document.querySelectorAll(".cause");
  const apply = () => {
    const wanted = host.value.trim().toLowerCase();
    const words = text.value.trim().toLowerCase();
    for (const row of rows) {
      const level = row.element.dataset.severity;
      row.element.hidden = !(row.hosts.includes(wanted) && (level === undefined || (row.text.includes(words) && (severity.value === "" || level === severity.value))));
    }
    const shown = [...causes].filter((c) => !c.hidden).length;
    byID("shown").textContent = `${shown} of ${causes.length} causes`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  apply();
})();
