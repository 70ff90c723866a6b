// Puts the page together: who is here, which tree from which person, and the address that says so.

import { Api } from "./api.js";
import { $, announce, count, el, when } from "./dom.js";
import { Panel } from "./panel.js";
import { Search } from "./search.js";
import { Tree } from "./tree.js";

const KEY = "banyan-token";
const LEVELS_TO_REVEAL = 8; // somebody further down is shown at the top instead, with their upline above

const fragmentNow = () => new URLSearchParams(location.hash.slice(1));

// A link may carry the token in its fragment, which no server sees; it moves to this tab's storage at once.
function takeToken() {
  const fragment = fragmentNow();
  const given = fragment.get("token");
  if (given) {
    sessionStorage.setItem(KEY, given);
    fragment.delete("token");
    const rest = fragment.toString();
    history.replaceState(null, "", location.pathname + (rest && `#${rest}`));
  }
  return given;
}

function address() {
  const fragment = fragmentNow();
  return { root: fragment.get("root"), tree: fragment.get("tree") === "binary" ? "binary" : "sponsor" };
}

function showOnly(part) {
  for (const id of ["door", "trouble", "work"]) $(id).hidden = id !== part;
  $("skip").hidden = $("search").hidden = part !== "work";
  $("who").hidden = part === "door";
}

function askForToken(fault) {
  sessionStorage.removeItem(KEY);
  showOnly("door");
  $("door-fault").hidden = !fault;
  $("door-fault").textContent = fault ?? "";
  $("token").focus();
}

function button(text, onclick) {
  return el("button", { type: "button", class: "quiet", onclick }, text);
}

class Page {
  #api;
  #me;
  #tree;
  #panel;
  #chosen = null;
  #follow = null;
  #figures = null;
  #lineage = new Set();
  #turn = 0;

  constructor(api, me) {
    this.#api = api;
    this.#me = me;
    const on = {
      choose: (person, byHand) => this.#choose(person, byHand),
      reroot: (id) => this.go(id, address().tree),
      reveal: (id) => this.reveal(id),
      dismiss: () => this.#dismiss(),
      shown: (page) => this.#asOf(page),
      fault: (fault, retry) => this.#notice(fault.message, "Try again", retry),
      sees: (id) => me.role !== "distributor" || !this.#lineage.has(id),
      isTop: (id) => this.#tree.rootId === id,
    };
    this.#tree = new Tree($("tree"), api, on);
    this.#panel = new Panel(api, on);
    new Search(api, (person) => this.reveal(person.id));
    this.#bindSwitch();
    window.addEventListener("hashchange", () => { if (takeToken()) location.reload(); else this.draw(); });
    $("skip").addEventListener("click", (event) => { event.preventDefault(); this.#tree.focus(); });
    $("who-name").textContent = me.subject === me.role ? me.role : `${me.subject} · ${me.role}`;
  }

  go(root, tree) {
    const fragment = new URLSearchParams({ root, tree }).toString();
    if (location.hash.slice(1) === fragment) this.draw();
    else location.hash = fragment;
  }

  async draw() {
    const turn = (this.#turn += 1);
    const { root, tree } = address();
    const id = root ?? this.#me.start;
    const follow = this.#follow;
    this.#follow = null;
    this.#figures = null;
    this.#mark(tree);
    $("notice").hidden = true;
    if (!id) {
      this.#empty("Nobody is enrolled yet", "Import a company or enrol a first distributor, then come back.");
      return;
    }
    try {
      const top = await this.#top(id, tree, turn);
      if (turn !== this.#turn) return;
      if (!top) {
        const other = tree === "binary" ? "sponsor" : "binary";
        this.#empty(`${id} has no place in this tree yet`, "They are enrolled and wait for placement.",
          button("Show the other tree", () => this.go(id, other)));
        return;
      }
      $("void").hidden = true;
      $("tree").hidden = false;
      document.title = `${top.name || id} · Banyan explorer`;
      await this.#tree.show(top, tree);
      if (follow && turn === this.#turn) await this.#find(follow);
    } catch (fault) {
      if (turn === this.#turn) this.#cannotShow(id, fault);
    }
  }

  // Open the way to somebody; where they are not below the top, they become the top.
  async reveal(id) {
    const { tree } = address();
    const turn = this.#turn;
    try {
      if (await this.#open(id, tree) || turn !== this.#turn) return;
      this.#follow = id;
      this.go(id, tree);
    } catch (fault) {
      this.#notice(fault.message, "Try again", () => this.reveal(id));
    }
  }

  // After a change of tree: show where the chosen person stands in it, or say why that cannot be seen from this top.
  async #find(id) {
    const { tree } = address();
    const line = await this.#line(id, tree);
    if (await this.#openWay(line)) return;
    if (line.length === 1) this.#notice(`${id} has no place in the ${tree} tree yet.`);
    else this.#notice(`${id} stands elsewhere in the ${tree} tree.`, "Show them", () => this.go(id, tree));
    $("notice").classList.add("calm"); // nothing went wrong
  }

  async #open(id, tree) {
    return this.#openWay(await this.#line(id, tree));
  }

  async #openWay(line) {
    const from = line.indexOf(this.#tree.rootId);
    const way = line.slice(from + 1);
    return from >= 0 && way.length <= LEVELS_TO_REVEAL && this.#tree.reveal(way);
  }

  // Everybody from the top of the tree down to a person.
  async #line(id, tree) {
    const { upline } = await this.#api.upline(id, tree);
    return [...upline.map((step) => step.id)].reverse().concat(id);
  }

  async #top(id, tree, turn) {
    const [card, line] = await Promise.all([this.#api.person(id), this.#api.upline(id, tree)]);
    if (turn !== this.#turn) return null;
    this.#trail(card, line.upline, tree);
    if (tree === "binary" && !card.parent_id && card.sponsor_id) return null;
    const figures = await this.#api.legs(id, tree);
    return {
      ...card, child_count: figures.leg_count, people: figures.people, slot: tree === "binary" ? card.slot : null,
      personal_pv: figures.personal.pv, group_pv: figures.group.pv,
    };
  }

  #choose(person, byHand) {
    this.#chosen = person;
    this.#panel.show(person, address().tree);
    if (!byHand) return;
    $("work").classList.add("looking");
    this.#tree.keepInView();
  }

  // On a narrow screen the details cover part of the tree until they are closed.
  #dismiss() {
    $("work").classList.remove("looking");
    this.#tree.focus();
  }

  #trail(card, upline, tree) {
    if (this.#me.role === "distributor" && card.id === this.#me.distributor) this.#lineage = new Set(upline.map((step) => step.id));
    const above = [...upline].reverse();
    const shown = above.length > 4 ? [above[0], null, ...above.slice(-3)] : above;
    const steps = shown.map((step) => {
      if (!step) return el("span", { class: "step gap", title: `${count(above.length - 4)} more` }, "…");
      const open = this.#me.role !== "distributor" || !this.#lineage.has(step.id);
      return el("span", { class: "step" }, open
        ? el("button", { type: "button", dir: "auto", title: step.id, onclick: () => this.go(step.id, tree) }, step.name || step.id)
        : el("span", { dir: "auto", title: step.id }, step.name || step.id));
    });
    $("trail").replaceChildren(...steps, el("span", { class: "here", dir: "auto", "aria-current": "page" }, card.name || card.id));
  }

  // Rows are loaded one after another; what they show together is no newer than the oldest of them.
  #asOf(page) {
    const oldest = this.#figures;
    if (!oldest || page.as_of.seq < oldest.as_of.seq) this.#figures = page;
    const { period, as_of: asOf } = this.#figures;
    $("tree-as-of").textContent = `${period ? `${period.name} ${period.figures}, as of` : "As of"} ${when(asOf.at)}`;
  }

  #bindSwitch() {
    const choose = (target) => {
      const top = address().root ?? this.#me.start;
      if (target.dataset.tree !== address().tree && top) {
        this.#follow = this.#chosen && this.#chosen.id !== top ? this.#chosen.id : null;
        this.go(top, target.dataset.tree);
      }
      target.focus();
    };
    $("switch").addEventListener("click", (event) => { if (event.target.dataset.tree) choose(event.target); });
    $("switch").addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      choose([...$("switch").children].find((candidate) => candidate !== event.target));
    });
  }

  #mark(tree) {
    for (const choice of $("switch").children) {
      const on = choice.dataset.tree === tree;
      choice.setAttribute("aria-checked", String(on));
      choice.tabIndex = on ? 0 : -1;
    }
  }

  #notice(text, action, act) {
    const done = action && button(action, () => { $("notice").hidden = true; act(); });
    $("notice").replaceChildren(el("span", {}, text), ...(done ? [done] : []));
    $("notice").classList.remove("calm");
    $("notice").hidden = false;
  }

  #cannotShow(id, fault) {
    const hidden = fault.status === 404;
    const home = hidden && this.#me.start && this.#me.start !== id;
    this.#empty(hidden ? `${id} is not among the people you may see` : "This could not be loaded", fault.message,
      home ? button("Back to the start", () => this.go(this.#me.start, address().tree)) : button("Try again", () => this.draw()));
  }

  #empty(title, text, ...more) {
    document.title = "Banyan explorer";
    this.#chosen = null;
    this.#tree.clear();
    this.#panel.blank();
    $("trail").replaceChildren();
    $("tree-as-of").textContent = "";
    $("tree").hidden = true;
    $("void").replaceChildren(el("strong", {}, title), el("span", {}, text), ...more);
    $("void").hidden = false;
    announce(`${title}. ${text}`);
  }
}

async function start() {
  takeToken();
  const token = sessionStorage.getItem(KEY);
  if (!token) {
    askForToken();
    return;
  }
  const api = new Api(token, () => askForToken("This token is not valid here, or it has expired. Paste a new one to go on."));
  try {
    const me = await api.me();
    showOnly("work");
    await new Page(api, me).draw();
  } catch (fault) {
    if (fault.status === 401) return;
    showOnly("trouble");
    $("trouble-text").textContent = fault.message;
    $("retry").focus();
  }
}

$("door-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, $("token").value.trim());
  location.reload();
});
$("retry").addEventListener("click", start);
$("leave").addEventListener("click", () => {
  sessionStorage.removeItem(KEY);
  history.replaceState(null, "", location.pathname);
  location.reload();
});
start();
