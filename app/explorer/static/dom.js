// Small helpers to build elements. Text is always set as text, never as markup.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const $ = (id) => document.getElementById(id);

const whole = new Intl.NumberFormat("en");
const decimals = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

// "1234.50" -> "1,234.50"; amounts arrive as decimal strings and are only shown, never calculated with.
export const amount = (text) => (text === null || text === undefined ? "–" : decimals.format(text));
export const count = (number) => (number === null || number === undefined ? "–" : whole.format(number));
// A person is always one of their own group, so none at all means that nothing has been counted yet.
export const people = (number) => count(number || null);

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export function when(instant) {
  const day = new Date(instant);
  return Number.isNaN(day.getTime()) ? "–" : `${day.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

export function initials(person) {
  const words = (person.name || person.id).match(/[\p{L}\p{N}]+/gu) ?? ["?"];
  const letters = words.length > 1 ? [[...words[0]][0], [...words[words.length - 1]][0]] : [...words[0]].slice(0, 2);
  return letters.join("").toUpperCase();
}

let announcement = 0;
export function announce(text) {
  clearTimeout(announcement);
  announcement = setTimeout(() => { $("live").textContent = text; }, 60);
}
