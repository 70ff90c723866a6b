// A what-if: asked in a form, answered as tables and charts of the base and its variants side by side.

import { Api } from "./api.js";
import { $, amount, announce, count, el } from "./dom.js";
import { dropToken, fragmentNow, takeToken, tokenHeld } from "./session.js";

const MOST_VARIANTS = 5;
const MOVE = /^(\S.*?) (sponsor|binary|matrix) (.*?\S)(?: (\d{1,3}))?$/;

const section = (title, ...children) => el("section", {}, el("h2", {}, title), ...children);

const shown = (cell, kind) => {
  if (cell === null) return kind === "text" ? "(none)" : "–";
  if (kind === "text") return cell;
  return kind === "count" ? count(cell) : `${amount(cell)}${kind === "share" ? " %" : ""}`;
};

// "D42 binary D7 2", one a line.
function moves(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const found = MOVE.exec(line);
    if (!found) throw new Error(`“${line}” is not a move. Write it as D42 sponsor D7, or with a slot as D42 binary D7 2.`);
    return { distributor_id: found[1], tree: found[2], new_parent_id: found[3], slot: Number(found[4] ?? 0) };
  });
}

// What is scrolled sideways must be reached by the keyboard as well.
const wide = (label, table) => el("div", { class: "wide", role: "region", "aria-label": label, tabindex: 0 }, table);

function table(one) {
  const figures = (row) => row.slice(1).map((cell, at) => el("td", { class: "figure" }, shown(cell, one.columns[at + 1].kind)));
  const line = (label, row) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, label), ...figures(row));
  return wide(one.title, el("table", {},
    el("thead", {}, el("tr", {}, ...one.columns.map((column) => el("th", { scope: "col" }, column.name)))),
    el("tbody", {}, ...one.rows.map((row) => line(shown(row[0], "text"), row)),
      one.rest && line(`${count(one.left_out)} others`, one.rest)),
    el("tfoot", {}, line("Total", one.total))));
}

class WhatIf {
  #api;
  #asked = null;

  constructor(api) {
    this.#api = api;
    $("add").addEventListener("click", () => this.#add());
    $("asked").addEventListener("submit", (event) => { event.preventDefault(); this.#workOut(); });
    $("asked").elements.base.value = fragmentNow().get("base") ?? "";
    this.#add();
    $("asked").hidden = false;
  }

  #add() {
    const number = $("variants").children.length + 1;
    $("variants").append(el("fieldset", {},
      el("legend", {}, `Variant ${number}`),
      el("div", { class: "fields" },
        el("label", {}, "Name", el("input", { name: "name", maxlength: 60, autocomplete: "off", placeholder: "as its plan" })),
        el("label", {}, "Plan, registered or of the library",
          el("input", { name: "plan", maxlength: 200, autocomplete: "off", spellcheck: "false", placeholder: "that of the base" }))),
      el("label", {}, "Or a plan file, YAML", el("textarea", { name: "document", rows: 3, spellcheck: "false" })),
      el("label", {}, "Moves, one a line", el("textarea", { name: "moves", rows: 2, spellcheck: "false", placeholder: "D42 sponsor D7" }))));
    $("add").hidden = number >= MOST_VARIANTS;
  }

  #question() {
    const form = $("asked").elements;
    const variants = [...$("variants").children].map((box) => {
      const value = (name) => box.querySelector(`[name=${name}]`).value;
      return {
        name: value("name").trim(), plan: value("plan").trim() || null, document: value("document").trim() ? value("document") : null,
        moves: moves(value("moves")),
      };
    });
    const distributors = form.distributors.value.split(",").map((id) => id.trim()).filter(Boolean);
    return { base: form.base.value.trim(), plan: form.base_plan.value.trim() || null, variants, distributors };
  }

  async #workOut() {
    $("work-out").disabled = true;
    $("said").replaceChildren(el("p", { class: "muted" }, "Working it out …"));
    try {
      this.#asked = this.#question();
      const answer = await this.#api.whatIf(this.#asked);
      const charts = [];
      for (const one of answer.tables) charts.push(await this.#chart(one.by)); // one is worked out at a time
      $("said").replaceChildren(...this.#parts(answer, charts));
      announce("Worked out");
    } catch (fault) {
      $("said").replaceChildren(el("p", { class: "fault", role: "alert" }, fault.message));
    }
    $("work-out").disabled = false;
  }

  // The chart as the API draws it; ids are of the whole page, so each gets its own.
  async #chart(by) {
    const text = await (await this.#api.whatIfAs(this.#asked, { format: "svg", by })).text();
    const svg = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
    for (const part of svg.querySelectorAll("[id]")) part.id = `${part.id}-${by}`;
    svg.setAttribute("aria-labelledby", `title-${by} desc-${by}`);
    return wide(`Chart by ${by}`, svg);
  }

  #parts(answer, charts) {
    const of = answer.run ? `run ${answer.run}` : `${answer.period} as of fact ${count(answer.as_of)}`;
    return [
      section("Side by side",
        el("p", { class: "muted" }, `The base is ${of}: ${count(answer.people)} people, ${count(answer.orders)} orders, ${answer.currency}.`),
        wide("Sides", this.#sides(answer.sides)), this.#files(answer.period)),
      ...answer.tables.map((one, at) => section(one.title, table(one), charts[at])),
      ...answer.variants.map((variant) => this.#changes(variant)),
    ];
  }

  #sides(sides) {
    const row = (side) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, side.name),
      ...[amount(side.amount), amount(side.change), amount(side.paid), side.share === null ? "–" : `${amount(side.share)} %`, amount(side.breakage), count(side.earners)]
        .map((text) => el("td", { class: "figure" }, text)),
      el("td", {}, side.plan));
    const heads = ["", "Earned", "Change", "Paid out", "Of CV", "Breakage", "Earners", "Plan"];
    return el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...sides.map(row)));
  }

  // A link cannot carry the token, so a file is fetched first and then handed over as one.
  #files(period) {
    const said = el("span", { class: "fault", role: "alert" });
    const save = (format) => el("button", {
      type: "button", class: "quiet",
      onclick: async () => {
        said.textContent = "";
        try {
          const address = URL.createObjectURL(await (await this.#api.whatIfAs(this.#asked, { format })).blob());
          el("a", { href: address, download: `what-if-${period}.${format}` }).click();
          setTimeout(() => URL.revokeObjectURL(address), 60_000);
        } catch (fault) {
          said.textContent = ` ${fault.message}`;
        }
      },
    }, format === "csv" ? "Everybody as CSV" : "Everybody as Parquet");
    return el("p", { class: "buttons" }, save("csv"), save("parquet"), said);
  }

  #changes(variant) {
    const { gaining, gained, losing, lost, even } = variant.people;
    const told = [["Gain most", variant.gaining], ["Lose most", variant.losing], ["Asked for", variant.distributors]];
    return section(`${variant.name}: why`,
      el("p", {}, `${count(gaining)} people gain ${amount(gained)}, ${count(losing)} lose ${amount(lost)}, ${count(even)} get as much by other lines.`),
      el("ul", { class: "causes" }, ...variant.causes.map((cause) => el("li", {}, el("b", {}, amount(cause.change)), ` ${cause.words} (${count(cause.lines)} lines)`))),
      ...told.filter(([, people]) => people.length).flatMap(([title, people]) => [el("h3", {}, title), ...people.map((one) => this.#person(one))]));
  }

  #person(person) {
    return el("details", { class: "line" },
      el("summary", {}, el("span", { class: "what", dir: "auto" }, `${person.id} ${person.name}`.trim()),
        el("b", {}, `${amount(person.before)} → ${amount(person.after)}`)),
      ...person.bonuses.flatMap((bonus) => [
        el("p", {}, el("b", {}, bonus.bonus), ` ${amount(bonus.before)} → ${amount(bonus.after)}, ${count(bonus.line_count)} lines changed`),
        ...bonus.lines.map((line) => el("dl", { class: "facts" },
          el("dt", {}, line.order ? `Order ${line.order}` : "Legs"), el("dd", {}, line.cause),
          el("dt", {}, "Before"), el("dd", {}, line.before.words), el("dt", {}, "After"), el("dd", {}, line.after.words))),
      ]));
  }
}

function noToken() {
  $("asked").hidden = true;
  $("said").replaceChildren(el("p", { role: "alert" }, "Sign in first: open the explorer with your access token, then come back."));
}

takeToken();
const token = tokenHeld();
if (token) new WhatIf(new Api(token, () => { dropToken(); noToken(); }));
else noToken();
