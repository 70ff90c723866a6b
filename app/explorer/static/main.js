// Puts the page together: who is here, which tree from which person, and the address that says so.

import { Api } from "./api.js";
import { $, el } from "./dom.js";
import { Panel } from "./panel.js";
import { Search } from "./search.js";
import { Tree } from "./tree.js";

const KEY = "banyan-token";

// A link may carry the token in its fragment, which no server sees; it moves to this tab's storage at once.
function takeToken() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = fragment.get("token");
  if (given) {
    sessionStorage.setItem(KEY, given);
    fragment.delete("token");
    history.replaceState(null, "", `${location.pathname}#${fragment}`);
  }
  return sessionStorage.getItem(KEY);
}

function address() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  return { root: fragment.get("root"), tree: fragment.get("tree") === "binary" ? "binary" : "sponsor" };
}

function askForToken(fault) {
  $("work").hidden = $("search").hidden = $("who").hidden = true;
  $("door").hidden = false;
  $("door-fault").hidden = !fault;
  $("door-fault").textContent = fault ?? "";
  $("token").focus();
}

$("door-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, $("token").value.trim());
  location.reload();
});
$("leave").addEventListener("click", () => {
  sessionStorage.removeItem(KEY);
  history.replaceState(null, "", location.pathname);
  location.reload();
});

class Page {
  #api;
  #me;
  #tree;
  #panel;
  #chosen = null;
  #lineage = new Set();

  constructor(api, me) {
    this.#api = api;
    this.#me = me;
    const on = {
      choose: (person) => { this.#chosen = person; this.#panel.show(person, address().tree); },
      reroot: (id) => this.go(id, address().tree),
      reveal: (id) => this.reveal(id),
      fault: (fault, retry) => this.#notice(fault, retry),
      sees: (id) => me.role !== "distributor" || !this.#lineage.has(id),
    };
    this.#tree = new Tree($("tree"), api, on);
    this.#panel = new Panel(api, on);
    new Search(api, (person) => this.reveal(person.id));
    this.#bindSwitch();
    window.addEventListener("hashchange", () => this.draw());
    $("who-name").textContent = `${me.subject} · ${me.role}`;
  }

  go(root, tree) {
    const fragment = new URLSearchParams({ root, tree }).toString();
    if (location.hash.slice(1) === fragment) this.draw();
    else location.hash = fragment;
  }

  async draw() {
    const { root, tree } = address();
    const id = root ?? this.#me.start;
    this.#mark(tree);
    $("notice").hidden = true;
    if (!id) {
      this.#empty("Nobody is enrolled yet", "Import a company or enrol a first distributor, then come back.");
      return;
    }
    if (id !== this.#tree.rootId) this.#panel.blank();
    try {
      const top = await this.#top(id, tree);
      if (address().root !== root || address().tree !== tree) return;
      if (!top) {
        const other = tree === "binary" ? "sponsor" : "binary";
        this.#empty(`${id} has no place in this tree`, "They are enrolled and wait for placement.",
          el("button", { type: "button", class: "quiet", onclick: () => this.go(id, other) }, "Show the other tree"));
        return;
      }
      await this.#tree.show(top, tree);
      if (this.#chosen?.id === id) this.#panel.show(this.#chosen, tree);
    } catch (fault) {
      if (fault.status === 401) askForToken("That token is no longer valid. Paste a new one.");
      else this.#empty(fault.status === 404 ? `${id} is not among the people you may see` : "This could not be loaded", fault.message,
        el("button", { type: "button", class: "quiet", onclick: () => (fault.status === 404 && this.#me.start ? this.go(this.#me.start, tree) : this.draw()) },
          fault.status === 404 ? "Back to the start" : "Try again"));
    }
  }

  // Open the way to somebody; where they are not below the top, they become the top.
  async reveal(id) {
    const { tree } = address();
    try {
      const { upline } = await this.#api.upline(id, tree);
      const way = [...upline.map((step) => step.id)].reverse().concat(id);
      const from = way.indexOf(this.#tree.rootId);
      if (from >= 0 && await this.#tree.reveal(way.slice(from + 1))) return;
      this.go(id, tree);
    } catch (fault) {
      this.#notice(fault, () => this.reveal(id));
    }
  }

  async #top(id, tree) {
    const [card, line] = await Promise.all([this.#api.person(id), this.#api.upline(id, tree)]);
    this.#trail(card, line.upline, tree);
    if (tree === "binary" && !card.parent_id && card.sponsor_id) return null;
    const figures = await this.#api.legs(id, tree);
    return {
      ...card, child_count: figures.leg_count, people: figures.people, slot: tree === "binary" ? card.slot : null,
      personal_pv: figures.personal?.pv ?? null, group_pv: figures.group?.pv ?? null,
    };
  }

  #trail(card, upline, tree) {
    if (this.#me.role === "distributor" && card.id === this.#me.distributor) this.#lineage = new Set(upline.map((step) => step.id));
    const above = [...upline].reverse();
    const shown = above.length > 4 ? [above[0], null, ...above.slice(-3)] : above;
    const steps = shown.map((step) => {
      if (!step) return el("span", { class: "step gap", title: `${above.length - 4} more` }, "…");
      const open = this.#me.role !== "distributor" || !this.#lineage.has(step.id);
      return el("span", { class: "step" }, open
        ? el("button", { type: "button", title: step.id, onclick: () => this.go(step.id, tree) }, step.name || step.id)
        : el("span", { title: step.id }, step.name || step.id));
    });
    $("trail").replaceChildren(...steps, el("span", { class: "here", "aria-current": "page" }, card.name || card.id));
  }

  #bindSwitch() {
    const choose = (button) => {
      const id = this.#chosen?.id ?? address().root ?? this.#me.start;
      if (button.dataset.tree !== address().tree && id) this.go(address().root ?? this.#me.start, button.dataset.tree);
      button.focus();
    };
    $("switch").addEventListener("click", (event) => { if (event.target.dataset.tree) choose(event.target); });
    $("switch").addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      choose([...$("switch").children].find((button) => button !== event.target));
    });
  }

  #mark(tree) {
    for (const button of $("switch").children) {
      const on = button.dataset.tree === tree;
      button.setAttribute("aria-checked", String(on));
      button.tabIndex = on ? 0 : -1;
    }
  }

  #notice(fault, retry) {
    $("notice").replaceChildren(el("span", {}, fault.message),
      el("button", { type: "button", class: "quiet", onclick: () => { $("notice").hidden = true; retry(); } }, "Try again"));
    $("notice").hidden = false;
  }

  #empty(title, text, ...more) {
    $("trail").replaceChildren();
    $("tree").replaceChildren(el("li", { role: "none", class: "blank" }, el("strong", {}, title), el("span", {}, text), ...more));
  }
}

async function start() {
  const token = takeToken();
  if (!token) {
    askForToken();
    return;
  }
  const api = new Api(token);
  try {
    const me = await api.me();
    $("door").hidden = true;
    $("work").hidden = $("search").hidden = $("who").hidden = false;
    await new Page(api, me).draw();
  } catch (fault) {
    if (fault.status === 401) sessionStorage.removeItem(KEY);
    askForToken(fault.status === 401 ? "This token is not valid here, or it has expired." : fault.message);
  }
}

start();
