// What each night's preview of the open periods comes to, and how that differs from the night before.

import { Api } from "./api.js";
import { $, amount, announce, count, el } from "./dom.js";
import { dropToken, takeToken, tokenHeld } from "./session.js";

const COLUMNS = ["Night", "Orders", "People paid", "Paid", "Paid to nobody", "More paid than the night before"];

const signed = (text) => (text === null ? "–" : `${Number(text) > 0 ? "+" : ""}${amount(text)}`);

function row(night) {
  const named = el("th", { scope: "row" }, night.night, el("span", { class: "muted" }, ` ${night.plan}`));
  if (!night.run) return el("tr", {}, named, el("td", { colspan: COLUMNS.length - 1 }, night.failure ? `${night.state}: ${night.failure}` : night.state));
  const figures = [count(night.orders), count(night.payees), amount(night.amount), amount(night.breakage), signed(night.change_amount)];
  return el("tr", {}, named, ...figures.map((figure) => el("td", { class: "figure" }, figure)));
}

// What is scrolled sideways must be reached by the keyboard as well.
const wide = (label, table) => el("div", { class: "wide", role: "region", "aria-label": label, tabindex: 0 }, table);

const table = (period, nights) => wide(`Nights of ${period}`, el("table", {},
  el("thead", {}, el("tr", {}, ...COLUMNS.map((name) => el("th", { scope: "col" }, name)))),
  el("tbody", {}, ...nights.map(row))));

function show(nights) {
  const periods = [...new Set(nights.map((night) => night.period))];
  const none = el("p", { class: "muted" }, "No night has asked for a preview yet: BANYAN_NIGHTLY_PREVIEW says when to.");
  $("nights").replaceChildren(el("h1", {}, "Nightly previews"),
    el("p", { class: "muted" }, "Estimates of periods that are open, newest night first; nothing is paid by them."),
    ...(periods.length ? periods.map((period) => el("section", {}, el("h2", {}, period),
      table(period, nights.filter((night) => night.period === period)))) : [none]));
  announce(`${count(nights.length)} nights`);
}

function say(title, text) {
  $("nights").replaceChildren(el("h1", {}, title), el("p", { role: "alert" }, text));
  announce(title);
}

async function start() {
  takeToken();
  const noToken = () => say("Sign in first", "This page shows what your access token may see. Open the explorer with it, then come back.");
  const token = tokenHeld();
  if (!token) return noToken();
  try {
    show((await new Api(token, () => { dropToken(); noToken(); }).nights()).nights);
  } catch (fault) {
    if (fault.status !== 401) say("There are no nights to show", fault.message);
  }
}

start();
