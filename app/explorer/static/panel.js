// The details of one person. Each part loads by itself, so that a slow one holds up no other.

import { $, amount, announce, count, el, initials, people, when } from "./dom.js";
import { stands } from "./trees.js";

const MOST_LEGS = 8; // of a frontline, which has no end; slots are few, and are all shown

export class Panel {
  #box = $("panel");
  #api;
  #on;
  #turn = 0;
  #shown = null; // whose details these are
  #live = null; // where a new live rank of theirs is told

  // `on` is told of reroot(id), reveal(id) and dismiss(); `sees(id)` says whether the visitor may open a person, and
  // `paysOf(id)` whether they may read what a person is paid, `isTop(id)` whether the tree begins with them; `kept()` is the trees of the company (see trees.js).
  constructor(api, on) {
    this.#api = api;
    this.#on = on;
    this.blank();
  }

  blank() {
    this.#turn += 1;
    this.#shown = null;
    this.#box.replaceChildren(el("div", { class: "blank" },
      el("strong", {}, "Nobody chosen yet"),
      el("span", {}, "Choose a person in the tree to see their place, volumes, legs and rank.")));
  }

  async show(person, tree) {
    const turn = (this.#turn += 1);
    const part = (title) => {
      const body = el("div", {}, el("span", { class: "bone w2" }), el("br"), el("span", { class: "bone w1" }));
      const heading = el("h3", {}, title);
      return { heading, body, section: el("section", {}, heading, body) };
    };
    const place = part("Place");
    const volumes = part("Volumes");
    const legs = part(tree.legs);
    const rank = part("Rank");
    this.#shown = person.id;
    this.#live = el("p", { class: "muted" });
    rank.section.append(this.#live);
    const asOf = el("p", { class: "asof" });
    this.#box.replaceChildren(this.#head(person), volumes.section, legs.section, rank.section, place.section, asOf);
    this.#box.scrollTop = 0;

    const fill = async (target, ask, draw) => {
      try {
        const answer = await ask;
        if (turn !== this.#turn) return;
        target.body.replaceChildren(...draw(answer, target));
        if (answer.as_of) asOf.textContent = `As of ${when(answer.as_of.at)}, fact ${count(answer.as_of.seq)}`;
      } catch (fault) {
        if (turn === this.#turn) target.body.replaceChildren(el("p", { class: "muted" }, fault.message));
      }
    };
    const figures = this.#api.legs(person.id, tree.id);
    await Promise.all([
      fill(place, this.#api.person(person.id), (answer) => { this.#title(answer); return this.#place(answer); }),
      fill(volumes, figures, (answer, target) => this.#volumes(answer, target)),
      fill(legs, figures, (answer) => this.#legs(answer, tree)),
      fill(rank, this.#api.rank(person.id), (answer, target) => this.#rank(answer, target)),
    ]);
  }

  // A new live rank of somebody, as it comes.
  ranked(news) {
    if (news.distributor_id !== this.#shown) return;
    const told = `Live in ${news.period}: ${news.now || "no rank"}, as of fact ${count(news.as_of_seq)}`;
    this.#live.textContent = told;
    announce(told); // by the page's one live region
  }

  #head(person) {
    return el("div", {},
      el("div", { class: "head" },
        el("span", { class: `face big ${person.status}`, "aria-hidden": "true" }, initials(person)),
        el("div", {}, el("h2", { dir: "auto" }, person.name || person.id), el("span", { class: "id" }, person.id)),
        el("button", { type: "button", class: "dismiss", "aria-label": "Close the details", onclick: () => this.#on.dismiss() }, "×")),
      el("div", { class: "tags" }, el("span", { class: `tag ${person.status}` }, person.status)),
      el("div", { class: "actions" },
        this.#on.isTop(person.id) ? null
          : el("button", { type: "button", class: "quiet", onclick: () => this.#on.reroot(person.id) }, "Show at the top"),
        el("button", { type: "button", class: "quiet", onclick: (event) => this.#copy(event, person.id) }, "Copy id")));
  }

  #title(person) {
    if (person.title) this.#box.querySelector(".tags").append(el("span", { class: "tag rank" }, person.title));
  }

  async #copy(event, id) {
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(id);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copying is not allowed here";
    }
    setTimeout(() => { button.textContent = "Copy id"; }, 1500);
  }

  #place(person) {
    const link = (id) => (id && this.#on.sees(id)
      ? el("button", { type: "button", class: "link id", onclick: () => this.#on.reveal(id) }, id)
      : el("span", { class: id ? "id" : "muted" }, id || "nobody"));
    const placed = (tree, before) => {
      const { parentId, slot } = tree.place(person);
      if (parentId) return el("dd", {}, before, link(parentId), `, ${tree.slots[slot - 1].words}`);
      return el("dd", { class: "muted" }, stands(person, tree) ? "at the top" : "not placed yet");
    };
    const trees = this.#on.kept();
    const matrix = trees.get("matrix");
    return [el("dl", { class: "facts" },
      el("dt", {}, "Sponsor"), el("dd", {}, link(person.sponsor_id)),
      el("dt", {}, "Placed under"), placed(trees.get("binary"), ""),
      ...(matrix ? [el("dt", {}, "In the matrix"), placed(matrix, "under ")] : []),
      el("dt", {}, "Region"), el("dd", {}, person.region || "–"),
      el("dt", {}, "Enrolled"), el("dd", {}, when(person.enrolled_at)))];
  }

  #volumes(answer, target) {
    const period = answer.period;
    if (!period) return [el("p", { class: "muted" }, "No period is open, so there is no volume to show yet.")];
    target.heading.append(el("span", { class: "tag" }, `${period.name} · ${period.figures}`));
    const number = (text, label) => el("div", { class: "number" }, el("b", {}, text), el("span", {}, label));
    return [el("div", { class: "numbers" },
      number(amount(answer.personal.pv), "personal PV"),
      number(amount(answer.group.pv), "group PV"),
      number(amount(answer.personal.cv), "personal CV"),
      number(people(answer.people), answer.people === 1 ? "person in the group" : "people in the group"))];
  }

  #legs(answer, tree) {
    if (!answer.legs.length) return [el("p", { class: "muted" }, tree.noLegs)];
    const most = Math.max(...answer.legs.map((leg) => Number(leg.pv)), 0);
    const shown = tree.slots.length ? answer.legs : answer.legs.slice(0, MOST_LEGS);
    const rows = shown.map((leg) => {
      const bar = Number(leg.pv) > 0 ? el("i") : null;
      if (bar) bar.style.width = `${(100 * Number(leg.pv)) / most}%`;
      const slot = tree.slots[leg.slot - 1];
      return el("div", { class: "leg" },
        el("div", { class: "top" },
          el("span", { class: "whose" }, slot ? el("span", { class: "tag side" }, slot.tag) : null,
            el("button", { type: "button", class: "link", dir: "auto", title: leg.id, onclick: () => this.#on.reveal(leg.id) }, leg.name || leg.id)),
          el("b", {}, `${amount(leg.pv)} PV`)),
        el("div", { class: "track" }, ...(bar ? [bar] : [])),
        el("div", { class: "sub" }, `${people(leg.people)} ${leg.people === 1 ? "person" : "people"} · ${amount(leg.cv)} CV`));
    });
    const rest = answer.leg_count - shown.length;
    if (rest > 0) rows.push(el("p", { class: "muted" }, `and ${count(rest)} more ${rest === 1 ? "leg" : "legs"}, none heavier than these`));
    return [el("div", { class: "legs" }, ...rows)];
  }

  #rank(answer, target) {
    if (!answer.run) return [el("p", { class: "muted" }, answer.note || "No run has been calculated for this person yet.")];
    target.heading.append(el("span", { class: "tag" }, `${answer.period} · ${answer.figures}`));
    const page = `statement.html#${new URLSearchParams({ id: answer.id, period: answer.period })}`;
    return [
      el("dl", { class: "facts" }, el("dt", {}, "Paid as"), el("dd", {}, answer.rank || "no rank")),
      answer.decision ? el("p", { class: "decision muted" }, answer.decision.words) : "",
      this.#on.paysOf(answer.id) ? el("p", {}, el("a", { class: "link", href: page }, "Statement, line by line")) : "",
    ];
  }
}
