// One person's statement of one period: what is paid and why, what is not and why. The address says whose and of when.

import { Api } from "./api.js";
import { $, amount, announce, capital, count, el } from "./dom.js";
import { dropToken, fragmentNow, takeToken, tokenHeld } from "./session.js";

const LINES_AT_ONCE = 200;
const MISSES_AT_ONCE = 50;
const SKIPPED = {
  inactive_status: "status not active", inactive_volume: "too little personal PV", passed_over: "left the company",
  rank_depth: "rank not paid on the level", gate_customer_pv: "too little PV of own customers",
  gate_customer_share: "too small a part from own customers", gate_majority: "too small a part of the group from customers",
  gate_customers: "too few own customers",
};
const ROUNDING = { half_up: "halves up", half_even: "halves to even" };

// Rows of a table of terms, without those that have nothing to say.
const facts = (rows) => el("dl", { class: "facts" }, ...rows
  .filter(([, value]) => value !== null && value !== undefined && value !== "")
  .flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));

const opening = (what, figure, ...more) => el("details", { class: "line" },
  el("summary", {}, el("span", { class: "what" }, what), el("b", {}, figure)), ...more);

const section = (title, ...children) => el("section", {}, el("h2", {}, title), ...children);

const whose = (row) => (row.order ? `Order ${row.order} of ${row.source}` : "Volume of both legs");

// "20.00 PV"; a status and a rank are told by name.
const measured = (value, unit, currency) => {
  if (unit === "status" || unit === "rate") return value;
  if (unit === "money") return `${amount(value)} ${currency}`;
  return ["PV", "CV"].includes(unit) ? `${amount(value)} ${unit}` : value;
};

const lacking = (row, currency) => [
  ["Requirement", row.requirement],
  ["Needed", measured(row.needed, row.unit, currency)],
  ["Actual", measured(row.actual, row.unit, currency)],
  ["Gap", row.unit === "status" || row.unit === "rate" ? null
    : row.unit === "rank" ? `${row.gap} ${Math.abs(row.gap) === 1 ? "rank" : "ranks"}` : measured(row.gap, row.unit, currency)],
];

// "552.00 of 600.00 PV, 48.00 missing"
const required = (check) => {
  if (check.unit === "status") return check.met ? "yes" : "no";
  const shown = (text) => (check.unit === "PV" ? amount(text) : count(text));
  const unit = check.unit === "PV" ? " PV" : "";
  return `${shown(check.actual)} of ${shown(check.required)}${unit}${check.met ? "" : `, ${shown(check.missing)} missing`}`;
};

class Statement {
  #api;
  #asked;
  #box = $("statement");

  constructor(api, asked) {
    this.#api = api;
    this.#asked = asked;
  }

  async draw() {
    const { id, period, uncommitted } = this.#asked;
    const [answer, person] = await Promise.all([this.#rows({ line: 0, miss: 0 }), this.#api.person(id)]);
    document.title = `${person.name || id} · ${period} · Banyan explorer`;
    const parts = answer.taken_over ? [this.#past(answer)]
      : [...this.#parts(answer), this.#ranks(await this.#api.rank(id, { period, uncommitted }))];
    this.#box.replaceChildren(this.#head(answer, person), ...parts);
    announce(`${amount(answer.amount)} ${answer.currency}`);
  }

  // The lines from one on, the misses from one on, or both; of what is not asked for the least there is.
  #rows({ line, miss }) {
    return this.#api.statement(this.#asked.id, this.#asked.period, {
      offset: line, limit: line === undefined ? 1 : LINES_AT_ONCE,
      miss_offset: miss, miss_limit: miss === undefined ? 1 : MISSES_AT_ONCE,
      uncommitted: this.#asked.uncommitted,
    });
  }

  // Shows rows in a box before a button that asks for the next ones while any are left. `rows` takes them out of an answer.
  #inParts(box, answer, all, rows, show, ask) {
    const more = el("p");
    let shown = 0;
    const add = (part) => {
      for (const row of rows(part)) show(row, more);
      shown += rows(part).length;
      const left = all - shown;
      more.replaceChildren(...(left > 0 && rows(part).length
        ? [el("button", { type: "button", class: "quiet", onclick: next }, `Show more, ${count(left)} are left`)] : []));
    };
    const next = async () => {
      try {
        add(await ask(shown));
      } catch (fault) {
        more.append(el("span", { class: "fault", role: "alert" }, ` ${fault.message}`));
      }
    };
    box.append(more);
    add(answer);
    return box;
  }

  #head(answer, person) {
    const told = answer.taken_over ? "taken over from the former system" : `run ${answer.run}, as of fact ${count(answer.seq)}`;
    return el("header", {},
      el("h1", { dir: "auto" }, person.name || person.id),
      el("p", { class: "tags" }, el("span", { class: "id" }, answer.id), el("span", { class: "tag" }, answer.period),
        el("span", { class: `tag ${answer.figures === "final" ? "active" : "suspended"}` }, answer.figures),
        answer.rank ? el("span", { class: "tag rank" }, answer.rank) : null),
      el("p", { class: "total" }, el("b", {}, amount(answer.amount)), " ", answer.currency),
      answer.decision ? el("p", { class: "decision" }, answer.decision.words) : null,
      answer.balance ? el("p", {}, `${answer.balance.words}.`) : null,
      ...(answer.clawbacks ?? []).map((one) => el("p", { class: "muted" }, `${one.words}.`)),
      answer.opening_balance && !answer.balance ? el("p", { class: "muted" }, `Balance brought along: ${amount(answer.opening_balance)} ${answer.currency}; the plan has no payout rule that nets it.`) : null,
      Number(answer.paid_before) ? el("p", {}, `${amount(answer.paid_before)} ${answer.currency} was paid before for this period, by a run that was voided; ${amount(answer.to_pay)} is to pay.`) : null,
      el("p", { class: "muted" }, told),
      this.#pdf());
  }

  // A link cannot carry the token, so the file is fetched first and then handed over as one.
  #pdf() {
    const button = el("button", { type: "button", class: "quiet" }, "Save as PDF");
    const said = el("span", { class: "fault", role: "alert" });
    button.addEventListener("click", async () => {
      const { id, period, uncommitted } = this.#asked;
      button.disabled = true;
      said.textContent = "";
      try {
        const address = URL.createObjectURL(await this.#api.statementPdf(id, period, { uncommitted }));
        el("a", { href: address, download: `${id}-${period}.pdf` }).click();
        setTimeout(() => URL.revokeObjectURL(address), 60_000);
      } catch (fault) {
        said.textContent = ` ${fault.message}`;
      }
      button.disabled = false;
    });
    return el("p", {}, button, said);
  }

  #parts(answer) {
    const parts = [this.#paid(answer)];
    if (answer.misses.length) parts.push(this.#missed(answer));
    if (answer.because.length) parts.push(this.#because(answer));
    if (answer.carry.some((leg) => [leg.brought_in, leg.new, leg.carried_out].some((volume) => Number(volume) !== 0))) {
      parts.push(this.#carry(answer));
    }
    return parts;
  }

  #paid(answer) {
    const what = answer.balance ? "Earned" : "Paid";
    if (!answer.line_count) return section(what, el("p", { class: "muted" }, `Nothing is ${what.toLowerCase()} for this period.`));
    const title = `${what}: ${count(answer.line_count)} ${answer.line_count === 1 ? "line" : "lines"}`;
    const show = (line, more) => {
      const last = more.previousElementSibling;
      if (last?.dataset.bonus === line.bonus) last.append(this.#line(line, answer));
      else more.before(el("div", { class: "lines", "data-bonus": line.bonus }, el("h3", {}, line.bonus), this.#line(line, answer)));
    };
    return this.#inParts(section(title), answer, answer.line_count, (part) => part.lines, show, (line) => this.#rows({ line }));
  }

  #line(line, { currency, rounding, rounded_per }) {
    const rounded = Number(line.rounded_by) !== 0;
    const together = rounded_per === "total" ? ", all lines of the bonus together" : "";
    return opening(whose(line), amount(line.amount),
      el("p", {}, line.words),
      facts([
        ["Base", `${amount(line.base)} CV`],
        ["Rate", line.rate],
        ["Exactly", rounded ? `${line.exact} ${currency}` : null],
        ["Rounded by", rounded ? `${line.rounded_by} (${ROUNDING[rounding]}${together})` : null],
        ["Before the cap", line.raw !== line.amount ? `${amount(line.raw)} ${currency}` : null],
        ["Level", line.level || null],
        ["Paid as level", line.paid_level || null],
        ["Rank for pay", line.rank],
        ["Path", line.path.join(" › ")],
        ["Without a level", line.skipped.map((one) => `${one.person} (${SKIPPED[one.reason]})`).join(", ")],
      ]));
  }

  #missed(answer) {
    const show = (miss, more) => more.before(opening(`${miss.bonus}: ${whose(miss)}`, amount(miss.forgone),
      el("p", {}, miss.words), facts([...lacking(miss, answer.currency), ["Level", miss.level || null]])));
    return this.#inParts(
      section("Not paid"), answer, answer.miss_count, (part) => part.misses, show, (miss) => this.#rows({ miss }));
  }

  #because(answer) {
    return section("Why nothing else is paid",
      ...answer.because.map((one) => el("details", { class: "line" },
        el("summary", {}, el("span", { class: "what" }, one.bonus ? `${one.bonus}: ${one.words}` : one.words)),
        facts(lacking(one, answer.currency)))));
  }

  #carry(answer) {
    const volume = (text) => `${amount(text)} CV`;
    return section("Carried from period to period", el("div", { class: "legs" },
      ...answer.carry.map((leg) => el("div", {}, el("h3", {}, `${leg.leg === "left" ? "Left" : "Right"} leg`),
        facts([
          ["Brought in", volume(leg.brought_in)], ["New", volume(leg.new)], ["Matched", volume(leg.matched)],
          ["Lost", volume(leg.flushed)], ["Carried out", volume(leg.carried_out)],
        ])))));
  }

  #ranks(answer) {
    const cards = [answer.earned, ...answer.next].filter(Boolean);
    return section("Your ranks",
      answer.decision ? el("p", { class: "decision" }, answer.decision.words) : null,
      facts([
        ["Paid as", answer.rank || "no rank"], ["Title", answer.title], ["Highest", answer.highest], ["Rank for pay", answer.pay_rank],
      ]),
      ...cards.map((card) => this.#card(card, card === answer.earned)));
  }

  #card(card, earned) {
    const lacking = card.checks.filter((check) => !check.met).length;
    const asked = card.rules === "maintain" ? "To keep" : earned ? "Paid as" : "To reach";
    const told = card.checks.map((check) => [capital(check.requirement), required(check)]);
    if (card.periods.length) told.push(["Which", card.periods.map((one) => `${one.period} ${one.run ? (one.met ? "met" : "not met") : "has no run, so not met"}`).join(", ")]);
    return opening(`${asked} ${card.rank}`, !card.met && lacking ? `${lacking} of ${card.checks.length} missing` : "met",
      told.length ? facts(told) : el("p", { class: "muted" }, "It asks nothing."));
  }

  #past(answer) {
    return section("Paid", ...answer.lines.map((line) => el("div", { class: "line past" },
      el("span", { class: "what" }, line.note ? `${line.bonus}: ${line.note}` : line.bonus), el("b", {}, amount(line.amount)))));
  }
}

function say(title, text) {
  $("statement").replaceChildren(el("h1", {}, title), el("p", { role: "alert" }, text));
  announce(title);
}

async function start() {
  takeToken();
  const fragment = fragmentNow();
  const asked = { id: fragment.get("id"), period: fragment.get("period"), uncommitted: fragment.has("uncommitted") ? true : null };
  if (asked.id) $("home").href = `./#${new URLSearchParams({ root: asked.id })}`;
  const noToken = () => say("Sign in first", "This page shows what your access token may see. Open the explorer with it, then come back.");
  const token = tokenHeld();
  if (!token) noToken();
  else if (!asked.id || !asked.period) say("No statement is named", "The address says whose and of when: statement.html#id=D42&period=2026-03.");
  else {
    const refused = () => { dropToken(); noToken(); };
    try {
      await new Statement(new Api(token, refused), asked).draw();
    } catch (fault) {
      if (fault.status !== 401) say("There is no statement to show", fault.message);
    }
  }
}

window.addEventListener("hashchange", start);
start();
