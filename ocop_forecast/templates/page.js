// A click on a column's heading sorts its table by that column; another click turns the order round.
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.parentElement, body = head.closest("table").tBodies[0];
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => row.cells[head.cellIndex].dataset.value ?? row.cells[head.cellIndex].textContent.trim();
    const order = (a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === "" || y === "") return (x === "") - (y === "");
      return (up ? 1 : -1) * (isNaN(x) || isNaN(y) ? x.localeCompare(y, document.documentElement.lang) : x - y);
    };
    body.append(...[...body.rows].sort(order));
  });
}
// A link to a section, or to a row in one, opens it.
const open = () => {
  const section = location.hash && document.getElementById(location.hash.slice(1))?.closest("details");
  if (section) section.open = true;
};
addEventListener("hashchange", open);
for (const link of document.querySelectorAll('a[href^="#"]')) link.addEventListener("click", () => setTimeout(open));
open();
// What belongs on paper is printed whether it is open or not.
const paper = [...document.querySelectorAll("details[data-print]")].filter((part) => !part.open);
addEventListener("beforeprint", () => { for (const part of paper) { part.dataset.was = part.open ? "open" : ""; part.open = true; } });
addEventListener("afterprint", () => { for (const part of paper) part.open = part.dataset.was === "open"; });
