// Puts the page together: who is here, which tree from which person, and the address that says so.

import { Api } from "./api.js";
import { $, announce, count, el, when } from "./dom.js";
import { News } from "./news.js";
import { Panel } from "./panel.js";
import { Search } from "./search.js";
import { dropToken, fragmentNow, holdToken, takeToken, tokenHeld } from "./session.js";
import { Tree } from "./tree.js";
import { TREE_IDS, keptTrees, stands } from "./trees.js";

const LEVELS_TO_REVEAL = 8; // somebody further down is shown at the top instead, with their upline above

function address() {
  const fragment = fragmentNow();
  const asked = fragment.get("tree");
  return { root: fragment.get("root"), tree: TREE_IDS.includes(asked) ? asked : "sponsor" };
}

function showOnly(part) {
  for (const id of ["door", "trouble", "work"]) $(id).hidden = id !== part;
  $("skip").hidden = $("search").hidden = part !== "work";
  $("who").hidden = part === "door";
}

function askForToken(fault) {
  dropToken();
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
  #kept;
  #tree;
  #panel;
  #chosen = null;
  #follow = null;
  #figures = null;
  #lineage = new Set(); // who is known to stand above the visitor, in any tree
  #turn = 0;
  #since = 0; // what happened since the tree was drawn

  constructor(api, me, kept) {
    this.#api = api;
    this.#me = me;
    this.#kept = kept;
    const on = {
      choose: (person, kind, byHand) => this.#choose(person, kind, byHand),
      reroot: (id) => this.go(id, address().tree),
      reveal: (id) => this.reveal(id),
      dismiss: () => this.#dismiss(),
      shown: (page) => this.#asOf(page),
      fault: (fault, retry) => this.#notice(fault.message, "Try again", retry),
      sees: (id) => me.role !== "distributor" || !this.#lineage.has(id),
      paysOf: (id) => me.role !== "distributor" || me.distributor === id,
      isTop: (id) => this.#tree.rootId === id,
      kept: () => this.#kept,
    };
    this.#tree = new Tree($("tree"), api, on);
    this.#panel = new Panel(api, on);
    new Search(api, (person) => this.reveal(person.id));
    new News(api, (events) => this.#happened(events), (rank) => this.#panel.ranked(rank)).follow();
    $("news").addEventListener("click", () => this.#refresh());
    this.#bindSwitch();
    window.addEventListener("hashchange", () => { if (takeToken()) location.reload(); else this.draw(); });
    $("skip").addEventListener("click", (event) => { event.preventDefault(); this.#tree.focus(); });
    $("what-if").hidden = $("nights").hidden = me.role === "distributor";
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
    this.#since = 0;
    $("news").hidden = true;
    this.#mark(tree);
    $("notice").hidden = true;
    if (!id) {
      this.#empty("Nobody is enrolled yet", "Import a company or enrol a first distributor, then come back.");
      return;
    }
    try {
      const kind = await this.#kind(tree);
      if (turn !== this.#turn) return;
      if (!kind) {
        this.#notThere(id, "The company keeps no matrix", "This address asks for one. The same people stand in the other trees.");
        return;
      }
      const top = await this.#top(id, kind, turn);
      if (turn !== this.#turn) return;
      if (!top) {
        this.#notThere(id, `${id} has no place in ${kind.inText} yet`, kind.unplaced);
        return;
      }
      $("void").hidden = true;
      $("tree").hidden = false;
      document.title = `${top.name || id} · Banyan explorer`;
      await this.#tree.show(top, kind);
      if (follow && turn === this.#turn) await this.#find(follow, kind);
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
  async #find(id, kind) {
    const line = await this.#line(id, kind.id);
    if (await this.#openWay(line)) return;
    if (line.length === 1) this.#notice(`${id} has no place in ${kind.inText} yet.`);
    else this.#notice(`${id} stands elsewhere in ${kind.inText}.`, "Show them", () => this.go(id, kind.id));
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

  // A tree of the company. Since this page was opened a matrix may be kept, or be wider, so that is asked anew.
  async #kind(tree) {
    if (tree === "matrix") {
      this.#kept = await keptTrees(this.#api);
      this.#mark(address().tree);
    }
    return this.#kept.get(tree);
  }

  async #top(id, kind, turn) {
    const [card, line] = await Promise.all([this.#api.person(id), this.#api.upline(id, kind.id)]);
    if (turn !== this.#turn) return null;
    this.#trail(card, line.upline, kind.id);
    if (!stands(card, kind)) return null;
    const figures = await this.#api.legs(id, kind.id);
    return {
      ...card, child_count: figures.leg_count, people: figures.people, slot: kind.place(card).slot,
      personal_pv: figures.personal.pv, group_pv: figures.group.pv,
    };
  }

  #choose(person, kind, byHand) {
    this.#chosen = person;
    this.#panel.show(person, kind);
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
    const above = [...upline].reverse();
    const open = this.#opens(card, above);
    const shown = above.length > 4 ? [above[0], null, ...above.slice(-3)] : above;
    const steps = shown.map((step) => {
      if (!step) return el("span", { class: "step gap", title: `${count(above.length - 4)} more` }, "…");
      return el("span", { class: "step" }, open(step)
        ? el("button", { type: "button", dir: "auto", title: step.id, onclick: () => this.go(step.id, tree) }, step.name || step.id)
        : el("span", { dir: "auto", title: step.id }, step.name || step.id));
    });
    $("trail").replaceChildren(...steps, el("span", { class: "here", dir: "auto", "aria-current": "page" }, card.name || card.id));
  }

  // Which of those above a person the visitor may open: a distributor sees nobody above themselves.
  #opens(card, above) {
    const { role, distributor } = this.#me;
    if (role !== "distributor") return () => true;
    const line = [...above, card].map((step) => step.id);
    const own = line.indexOf(distributor);
    for (const id of line.slice(0, Math.max(own, 0))) this.#lineage.add(id);
    if (card.id === distributor) for (const id of [card.sponsor_id, card.parent_id, card.matrix_parent_id]) this.#lineage.add(id);
    return (step) => (own < 0 ? !this.#lineage.has(step.id) : above.indexOf(step) >= own);
  }

  #happened(events) {
    this.#since += events;
    $("news").textContent = `${count(this.#since)} since then: refresh`;
    $("news").hidden = false;
  }

  // The tree anew, with the chosen person in view.
  #refresh() {
    this.#follow = this.#chosen && this.#chosen.id !== this.#tree.rootId ? this.#chosen.id : null;
    this.draw();
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
      const choices = [...$("switch").children].filter((choice) => !choice.hidden);
      const step = ["ArrowLeft", "ArrowUp"].includes(event.key) ? -1 : 1;
      choose(choices.at((choices.indexOf(event.target) + step) % choices.length));
    });
  }

  // Offer the trees that are kept, this one chosen; the keyboard enters the switch there, else at the first.
  #mark(tree) {
    const stop = this.#kept.has(tree) ? tree : "sponsor";
    for (const choice of $("switch").children) {
      const kind = this.#kept.get(choice.dataset.tree);
      choice.hidden = !kind;
      choice.setAttribute("aria-checked", String(choice.dataset.tree === tree));
      choice.tabIndex = choice.dataset.tree === stop ? 0 : -1;
      if (kind?.label) choice.textContent = kind.label;
      if (kind?.title) choice.title = kind.title;
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

  // Everybody stands in the sponsor tree.
  #notThere(id, title, text) {
    this.#empty(title, text, button("Show the sponsor tree", () => this.go(id, "sponsor")));
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
  const token = tokenHeld();
  if (!token) {
    askForToken();
    return;
  }
  const api = new Api(token, () => askForToken("This token is not valid here, or it has expired. Paste a new one to go on."));
  try {
    const [me, kept] = await Promise.all([api.me(), keptTrees(api)]);
    showOnly("work");
    await new Page(api, me, kept).draw();
  } catch (fault) {
    if (fault.status === 401) return;
    showOnly("trouble");
    $("trouble-text").textContent = fault.message;
    $("retry").focus();
  }
}

$("door-form").addEventListener("submit", (event) => {
  event.preventDefault();
  holdToken($("token").value.trim());
  location.reload();
});
$("retry").addEventListener("click", start);
$("leave").addEventListener("click", () => {
  dropToken();
  history.replaceState(null, "", location.pathname);
  location.reload();
});
start();
