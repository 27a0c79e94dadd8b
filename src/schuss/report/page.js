"use strict";
// Draws every figure from the JSON behind it, in the colours of the ground; sorts tables; unfolds everything for paper.

const onDark = JSON.parse(document.getElementById("on-dark").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const paperWidth = 680;

function template(isDark) {
  const [text, line] = isDark ? ["#ececec", "#43474c"] : ["#1c1c1c", "#dddddd"];
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true, ticklabeloverflow: "allow" };
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12, color: text };
  const ground = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" };
  const legend = { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" };
  return { layout: { ...ground, font, legend, xaxis: axis, yaxis: axis, hovermode: "closest" } };
}

function draw(figure, isDark, width) {
  const text = figure.querySelector("script").textContent;
  const colours = isDark ? text.replace(/#[0-9A-F]{6}/g, (colour) => onDark[colour] ?? colour) : text;
  const { data, layout } = JSON.parse(colours);
  const touch = matchMedia("(pointer: coarse)").matches; // a finger on a picture scrolls the page
  const common = { template: template(isDark), margin: { l: 48, r: 12, t: 16, b: 40 }, width };
  const options = { responsive: true, displayModeBar: false };
  Plotly.react(figure.querySelector(".chart"), data, { ...common, dragmode: touch ? false : "zoom", ...layout }, options);
}

function drawAll(isDark, width) {
  for (const script of document.querySelectorAll("figure > script")) draw(script.parentElement, isDark, width);
}

function sortBy(button) {
  const heading = button.closest("th");
  const ascending = heading.getAttribute("aria-sort") === "descending";
  for (const other of heading.parentElement.children) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const body = heading.closest("table").tBodies[0];
  const value = (row) => row.children[heading.cellIndex].textContent.replace("−", "-");
  const compare = (a, b) => (a - b) || (Number.isNaN(a - b) ? a.localeCompare(b) : 0);
  const rows = [...body.rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === "" || y === "") return (x === "") - (y === ""); // empty ones last, whichever way
    return ascending ? compare(x, y) : compare(y, x);
  });
  body.append(...rows);
}

drawAll(dark.matches);
dark.addEventListener("change", () => drawAll(dark.matches));
for (const button of document.querySelectorAll("th button")) button.addEventListener("click", () => sortBy(button));

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const part of folded) part.open = true;
  drawAll(false, paperWidth);
});
addEventListener("afterprint", () => {
  for (const part of folded) part.open = false;
  drawAll(dark.matches);
});
