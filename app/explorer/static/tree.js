// The tree: children are asked for when a person is opened, a page at a time. W3C APG treeview with declared
// properties and a roving tab stop.

import { amount, announce, capital, count, el, initials, people } from "./dom.js";

const PAGES_TO_REVEAL = 10;

export class Tree {
  #list;
  #api;
  #on;
  #tree = null;
  #root = null;
  #nodes = new WeakMap();
  #typed = "";
  #typedAt = 0;
  #turn = 0;

  // `on` is told of choose(person, tree, byHand), reroot(id), shown(page) and fault(error, retry).
  constructor(list, api, on) {
    this.#list = list;
    this.#api = api;
    this.#on = on;
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("click", (event) => this.#click(event));
    list.addEventListener("dblclick", (event) => this.#doubleClick(event));
  }

  get rootId() { return this.#root?.person.id ?? null; }

  clear() {
    this.#turn += 1;
    this.#root = null;
    this.#list.replaceChildren();
  }

  // Show `person` at the top of a tree (see trees.js), opened and chosen.
  async show(person, tree) {
    this.#turn += 1;
    this.#tree = tree;
    this.#list.setAttribute("aria-label", tree.name);
    this.#root = this.#make(person, 1, 1, 1);
    this.#list.replaceChildren(this.#root.item);
    this.#stop(this.#root.item, false);
    this.choose(this.#root, false);
    await this.open(this.#root);
  }

  focus() { this.#current()?.focus(); }

  keepInView() { this.#list.querySelector('[aria-selected="true"] > .row')?.scrollIntoView({ block: "nearest" }); }

  // Open the way down to the last of `path`; answers false when it cannot be found below the root.
  async reveal(path) {
    const turn = this.#turn;
    let node = this.#root;
    for (const id of path) {
      await this.open(node);
      let child = this.#child(node, id);
      for (let page = 1; !child && node.cursor && page < PAGES_TO_REVEAL; page += 1) {
        await this.#load(node);
        child = this.#child(node, id);
      }
      if (turn !== this.#turn) return true;
      if (!child) return false;
      node = child;
    }
    this.#pulse(node);
    return true;
  }

  async open(node) {
    if (!node.opens) return;
    node.open = true;
    node.item.setAttribute("aria-expanded", "true");
    node.group.hidden = false;
    if (!node.loaded) await this.#load(node);
  }

  close(node) {
    if (!node.open) return;
    node.open = false;
    node.item.setAttribute("aria-expanded", "false");
    node.group.hidden = true;
    if (node.group.contains(this.#current())) this.#stop(node.item, true);
  }

  // --- loading -------------------------------------------------------------------------------------------------

  async #load(node) {
    if (node.loading) return node.loading;
    const turn = this.#turn;
    node.item.setAttribute("aria-busy", "true");
    if (!node.loaded) node.group.replaceChildren(...this.#bones());
    node.loading = this.#page(node, turn).finally(() => {
      node.loading = null;
      node.item.removeAttribute("aria-busy");
    });
    return node.loading;
  }

  async #page(node, turn) {
    let page;
    try {
      page = await this.#api.children(node.person.id, this.#tree.id, node.cursor);
    } catch (fault) {
      if (turn !== this.#turn) return;
      if (!node.loaded) {
        node.group.replaceChildren();
        this.close(node);
      }
      this.#on.fault(fault, () => (node.loaded ? this.#load(node) : this.open(node)));
      return;
    }
    if (turn !== this.#turn) return;
    this.#on.shown(page);
    const hadStop = node.more && node.more.tabIndex === 0;
    if (!node.loaded) node.group.replaceChildren();
    node.more?.remove();
    node.more = null;
    node.loaded = true;
    node.cursor = page.next_cursor;
    const items = this.#tree.slots.length ? this.#slots(node, page) : this.#rows(node, page);
    node.group.append(...items);
    if (node.cursor) node.group.append((node.more = this.#moreRow(node, page.total)));
    if (hadStop && items[0]) this.#stop(items[0], true);
    announce(`${node.person.id}: ${count(node.shown)} of ${count(page.total)} people shown`);
  }

  #rows(node, page) {
    return page.children.map((person) => {
      node.shown += 1;
      return this.#make(person, node.level + 1, node.shown, page.total).item;
    });
  }

  // Those below come in order of enrolment, and fewer than fill a page; a slot has its place whether it is taken or not.
  #slots(node, page) {
    return this.#tree.slots.map((name, index) => {
      const slot = index + 1;
      const person = page.children.find((child) => child.slot === slot);
      if (!person) return this.#emptyRow(node, slot, name);
      node.shown += 1;
      return this.#make(person, node.level + 1, slot, this.#tree.slots.length).item;
    });
  }

  #slotOf(person) { return this.#tree.slots[person.slot - 1]; }

  #bones() {
    return ["w1", "w2", "w1"].map((width) =>
      el("li", { role: "none", "aria-hidden": "true" },
        el("div", { class: "row" }, el("div", { class: "person" }, el("span", { class: "twist leaf" }), el("span", { class: `bone ${width}` })))));
  }

  // --- rows ----------------------------------------------------------------------------------------------------

  #make(person, level, place, size) {
    const opens = this.#tree.slots.length > 0 || person.child_count === null || person.child_count > 0;
    const group = opens ? el("ul", { role: "group", hidden: true }) : null;
    const item = el("li", {
      role: "treeitem", tabindex: -1, "aria-level": level, "aria-posinset": place, "aria-setsize": size,
      "aria-expanded": opens ? "false" : null, "aria-selected": "false", "data-id": person.id, "aria-label": this.#label(person),
    }, this.#row(person, opens), group);
    const node = { person, item, group, level, opens, open: false, loaded: false, loading: null, cursor: null, more: null, shown: 0 };
    this.#nodes.set(item, node);
    return node;
  }

  #row(person, opens) {
    const figure = (text) => el("span", { class: text === "–" ? "figure none" : "figure" }, text);
    return el("div", { class: "row" },
      el("div", { class: "person" },
        el("span", { class: opens ? "twist" : "twist leaf", "aria-hidden": "true" }),
        el("span", { class: `face ${person.status}`, "aria-hidden": "true" }, initials(person)),
        el("span", { class: "text" },
          el("span", { class: "name", dir: "auto", title: person.name || person.id }, person.name || person.id),
          el("span", { class: "id" }, person.id),
          this.#slotOf(person) ? el("span", { class: "tag side" }, this.#slotOf(person).tag) : null,
          person.status !== "active" ? el("span", { class: `tag ${person.status}` }, person.status) : null)),
      figure(amount(person.personal_pv)), figure(amount(person.group_pv)), figure(people(person.people)));
  }

  #label(person) {
    const parts = [person.name || "", person.id];
    if (this.#slotOf(person)) parts.push(this.#slotOf(person).words);
    parts.push(person.status, `personal PV ${amount(person.personal_pv)}`, `group PV ${amount(person.group_pv)}`);
    if (person.people) parts.push(`${count(person.people)} ${person.people === 1 ? "person" : "people"} in the group`);
    return parts.filter(Boolean).join(", ");
  }

  #emptyRow(node, slot, name) {
    return el("li", {
      role: "treeitem", tabindex: -1, "aria-level": node.level + 1, "aria-posinset": slot, "aria-setsize": this.#tree.slots.length,
      "data-empty": slot, "aria-label": `${capital(name.words)} of ${node.person.id} is empty`,
    }, el("div", { class: "row empty-slot" },
      el("div", { class: "person" }, el("span", { class: "twist leaf" }), el("span", { class: "face" }, "+"),
        el("span", { class: "text" }, el("span", {}, "Open slot"), el("span", { class: "tag side" }, name.tag)))));
  }

  #moreRow(node, total) {
    const rest = total - node.shown;
    const item = el("li", {
      role: "treeitem", tabindex: -1, "aria-level": node.level + 1, "aria-posinset": node.shown + 1, "aria-setsize": total,
      "data-more": node.person.id, "aria-label": `${count(rest)} more below ${node.person.id}; Enter shows the next`,
    }, el("div", { class: "row more" },
      el("div", { class: "person" }, el("span", { class: "twist leaf" }), el("span", { class: "face" }, "…"), el("span", {}, `Show more (${count(rest)} left)`))));
    this.#nodes.set(item, { of: node, item });
    return item;
  }

  // --- choosing and moving ---------------------------------------------------------------------------------------

  choose(node, byHand = true) {
    for (const item of this.#list.querySelectorAll('[aria-selected="true"]')) item.setAttribute("aria-selected", "false");
    node.item.setAttribute("aria-selected", "true");
    this.#on.choose(node.person, this.#tree, byHand);
  }

  #activate(item) {
    const node = this.#nodes.get(item);
    if (node?.of) this.#load(node.of);
    else if (node) this.choose(node);
  }

  #click(event) {
    const item = event.target.closest('li[role="treeitem"]');
    if (!item) return;
    this.#stop(item, true);
    const node = this.#nodes.get(item);
    if (event.target.closest(".twist:not(.leaf)") && node?.item) {
      if (node.open) this.close(node);
      else this.open(node);
      return;
    }
    this.#activate(item);
  }

  #doubleClick(event) {
    const node = this.#nodes.get(event.target.closest('li[role="treeitem"]'));
    if (node?.person && !event.target.closest(".twist")) this.#on.reroot(node.person.id);
  }

  #key(event) {
    const item = event.target.closest('li[role="treeitem"]');
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const node = this.#nodes.get(item);
    const items = this.#visible();
    const at = items.indexOf(item);
    const go = (target) => { if (target) this.#stop(target, true); };
    const actions = {
      ArrowDown: () => go(items[at + 1]),
      ArrowUp: () => go(items[at - 1]),
      Home: () => go(items[0]),
      End: () => go(items[items.length - 1]),
      ArrowRight: () => {
        if (!node?.opens) return;
        if (node.open) go(node.group.querySelector('li[role="treeitem"]'));
        else this.open(node);
      },
      ArrowLeft: () => {
        if (node?.open) this.close(node);
        else go(item.parentElement.closest('li[role="treeitem"]'));
      },
      Enter: () => this.#activate(item),
      " ": () => this.#activate(item),
      "*": () => this.#openSiblings(item),
    };
    const action = actions[event.key] ?? (event.key.length === 1 && event.key !== "/" ? () => this.#typeAhead(event.key, items, at) : null);
    if (!action) return;
    event.preventDefault();
    action();
  }

  #openSiblings(item) {
    for (const sibling of item.parentElement.children) {
      const node = this.#nodes.get(sibling);
      if (node?.opens) this.open(node);
    }
  }

  #typeAhead(letter, items, at) {
    const now = Date.now();
    this.#typed = now - this.#typedAt < 700 ? this.#typed + letter.toLowerCase() : letter.toLowerCase();
    this.#typedAt = now;
    const from = this.#typed.length > 1 ? at : at + 1;
    const ring = [...items.slice(from), ...items.slice(0, from)];
    const hit = ring.find((candidate) => {
      const person = this.#nodes.get(candidate)?.person;
      return person && [person.name, person.id].some((text) => text?.toLowerCase().startsWith(this.#typed));
    });
    if (hit) this.#stop(hit, true);
  }

  #visible() {
    return [...this.#list.querySelectorAll('li[role="treeitem"]')].filter((item) => !item.parentElement.closest("ul[hidden]"));
  }

  #current() { return this.#list.querySelector('li[tabindex="0"]'); }

  #stop(item, focus) {
    this.#current()?.setAttribute("tabindex", "-1");
    item.setAttribute("tabindex", "0");
    if (!focus) return;
    item.focus({ preventScroll: true });
    item.firstElementChild.scrollIntoView({ block: "nearest" });
  }

  #child(node, id) {
    for (const item of node.group?.children ?? []) {
      if (item.dataset.id === id) return this.#nodes.get(item);
    }
    return null;
  }

  #pulse(node) {
    this.#stop(node.item, true);
    node.item.firstElementChild.scrollIntoView({ block: "center" });
    node.item.classList.add("pulse");
    setTimeout(() => node.item.classList.remove("pulse"), 1700);
    this.choose(node);
  }
}
