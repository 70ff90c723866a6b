// The search box: a combobox that lists people as one types.

import { $, announce, el, initials } from "./dom.js";

const WAIT_MS = 180;

export class Search {
  #api;
  #pick;
  #input = $("search-input");
  #list = $("search-results");
  #found = [];
  #answered = "";
  #at = -1;
  #timer = 0;
  #asking = null;

  constructor(api, pick) {
    this.#api = api;
    this.#pick = pick;
    this.#input.addEventListener("input", () => this.#later());
    this.#input.addEventListener("focus", () => { if (this.#found.length) this.#show(true); });
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("mousedown", (event) => this.#press(event));
    document.addEventListener("mousedown", (event) => { if (!event.target.closest("#search")) this.#show(false); });
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.target.closest("input, textarea")) {
        event.preventDefault();
        this.#input.focus();
        this.#input.select();
      }
    });
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), WAIT_MS);
  }

  async #ask() {
    const q = this.#input.value.trim();
    this.#asking?.abort();
    if (!q) {
      this.#found = [];
      this.#at = -1;
      this.#show(false);
      return;
    }
    this.#asking = new AbortController();
    try {
      const answer = await this.#api.search(q, this.#asking.signal);
      this.#answered = q;
      this.#fill(answer.results, q);
    } catch (fault) {
      if (fault.name === "AbortError") return;
      this.#found = [];
      this.#at = -1;
      this.#message(fault.message);
    }
  }

  #fill(found, q) {
    this.#found = found;
    this.#at = found.length ? 0 : -1;
    if (!found.length) {
      this.#message(`Nobody you may see matches “${q}”.`);
      return;
    }
    this.#list.replaceChildren(...found.map((person, index) =>
      el("div", { class: "result", role: "option", id: `found-${index}`, "aria-selected": String(index === 0), "data-index": index },
        el("span", { class: `face ${person.status}`, "aria-hidden": "true" }, initials(person)),
        el("span", { class: "name", dir: "auto" }, person.name || person.id),
        el("span", { class: "id" }, person.id),
        person.status !== "active" ? el("span", { class: `tag ${person.status}` }, person.status) : null)));
    this.#show(true);
    announce(`${found.length} found`);
  }

  #message(text) {
    this.#list.replaceChildren(el("div", { class: "empty" }, text));
    this.#show(true);
    announce(text);
  }

  #show(open) {
    this.#list.hidden = !open;
    this.#input.setAttribute("aria-expanded", String(open));
    if (open && this.#at >= 0) this.#input.setAttribute("aria-activedescendant", `found-${this.#at}`);
    else this.#input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    if (event.key === "Escape") {
      this.#show(false);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#enter();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.#found.length) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#at = (this.#at + step + this.#found.length) % this.#found.length;
      [...this.#list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === this.#at)));
      this.#list.children[this.#at].scrollIntoView({ block: "nearest" });
      this.#show(true);
    }
  }

  // Whoever types fast and presses Enter means what stands there now, not what was found for the first letters.
  async #enter() {
    if (this.#input.value.trim() !== this.#answered) {
      clearTimeout(this.#timer);
      await this.#ask();
    }
    if (!this.#list.hidden && this.#at >= 0) this.#take(this.#at);
  }

  #press(event) {
    const row = event.target.closest("[data-index]");
    if (!row) return;
    event.preventDefault();
    this.#take(Number(row.dataset.index));
  }

  #take(index) {
    const person = this.#found[index];
    this.#show(false);
    this.#pick(person);
  }
}
