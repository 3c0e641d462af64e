// The whole project as groups by depth: how many assets there are, and how many of them are affected.

import { h, number, plural } from "./dom";
import type { Model } from "./model";
import type { State } from "./state";

const MOST_COLUMNS = 24;
const MOST_ROWS = 400;

interface Cell {
  count: number;
  changed: number;
  affected: number;
}

export interface Group extends Cell {
  name: string;
  nodes: number[];
  depth: number;
  cells: Map<number, Cell>;
}

export const WAYS: [string, string][] = [
  ["group", "Groups"],
  ["location", "Code locations"],
  ["prefix", "Key prefixes"],
];

export function nameOf(model: Model, by: string, n: number): string {
  if (by === "location") return model.location(n);
  if (by === "prefix") return model.split(n)[1];
  return model.group(n);
}

/** The ways by which assets fall into more than one group. */
export function ways(model: Model): [string, string][] {
  return WAYS.filter(([by]) => {
    const first = model.size ? nameOf(model, by, 0) : "";
    return model.key.some((_, n) => nameOf(model, by, n) !== first);
  });
}

export function groups(model: Model, by: string): Group[] {
  const found = new Map<string, Group>();
  const deepest = model.rank.reduce((most, rank) => Math.max(most, rank), 0);
  for (let n = 0; n < model.size; n++) {
    const name = nameOf(model, by, n);
    let group = found.get(name);
    if (!group) found.set(name, (group = { name, nodes: [], depth: 0, cells: new Map(), count: 0, changed: 0, affected: 0 }));
    const column = deepest < MOST_COLUMNS ? model.rank[n] : Math.floor((model.rank[n] * MOST_COLUMNS) / (deepest + 1));
    let cell = group.cells.get(column);
    if (!cell) group.cells.set(column, (cell = { count: 0, changed: 0, affected: 0 }));
    for (const counts of [group, cell]) {
      counts.count++;
      counts.changed += Number(model.isChanged(n));
      counts.affected += Number(model.isTold(n));
    }
    group.nodes.push(n);
    group.depth += column;
  }
  const list = [...found.values()];
  // Where much is affected comes first, then in the order of the flow.
  return list.sort((a, b) => Number(b.affected > 0) - Number(a.affected > 0) || a.depth / a.count - b.depth / b.count || (a.name < b.name ? -1 : 1));
}

export class Overview {
  readonly element = h("div", { class: "overview", tabindex: 0, role: "region", "aria-label": "Groups by depth" });
  private built = "";

  constructor(
    private readonly model: Model,
    private readonly state: State,
  ) {}

  show(): void {
    const { state, model } = this;
    if (this.built === state.by) return;
    this.built = state.by;
    const all = groups(model, state.by);
    const shown = all.slice(0, MOST_ROWS);
    const columns = 1 + Math.max(0, ...shown.flatMap((group) => [...group.cells.keys()]));
    const largest = Math.max(1, ...shown.flatMap((group) => [...group.cells.values()].map((cell) => cell.count)));
    const pick = h("div", { class: "ways", role: "group", "aria-label": "Group by" });
    for (const [by, label] of ways(model)) {
      pick.append(h("button", { type: "button", "aria-pressed": by === state.by ? "true" : "false", onclick: () => state.set({ by }) }, label));
    }
    const heads = Array.from({ length: columns }, (_, column) => h("td", { class: "depth", "aria-hidden": "true" }, column % 4 === 0 ? column : ""));
    const table = h(
      "table",
      { class: "matrix" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, WAYS.find(([by]) => by === state.by)?.[1] ?? ""), h("th", { scope: "col", class: "share" }, "Affected"), ...heads)),
      h("tbody", null, ...shown.map((group) => this.row(group, columns, largest))),
    );
    const note = h("p", { class: "quiet" }, "Columns are steps from the sources, left to right. A disc is as large as there are assets, and the darker the more of them are affected. A group opens on click.");
    this.element.replaceChildren(pick, table, ...(all.length > shown.length ? [h("p", { class: "more" }, `… ${number(all.length - shown.length)} more groups`)] : []), note);
  }

  private row(group: Group, columns: number, largest: number): HTMLElement {
    const { state } = this;
    const open = () => state.set({ view: "group", group: group.name });
    const share = group.affected / group.count;
    const bar = h("span", { class: "bar" }, h("i", null));
    (bar.firstChild as HTMLElement).style.width = `${share * 100}%`;
    const cells = Array.from({ length: columns }, (_, column) => {
      const cell = group.cells.get(column);
      if (!cell) return h("td", null);
      const disc = h("i", { class: `disc${cell.changed ? " changed" : ""}`, title: words(cell) });
      const size = 6 + 20 * Math.sqrt(cell.count / largest);
      disc.style.width = disc.style.height = `${size}px`;
      const part = cell.affected / cell.count;
      disc.style.setProperty("--share", `${part ? 18 + 82 * part : 0}%`);
      return h("td", null, disc);
    });
    const row = h(
      "tr",
      { class: group.affected ? "affected" : "" },
      h("th", { scope: "row" }, h("button", { type: "button", onclick: open, title: group.name }, h("span", null, group.name || "(none)"), h("small", null, plural(group.count, "asset", "assets")))),
      h("td", { class: "share", title: words(group) }, bar, h("small", null, group.affected ? `${number(group.affected)}${group.changed ? ` · ${number(group.changed)} changed` : ""}` : "–")),
      ...cells,
    );
    row.addEventListener("click", (event) => {
      if (!(event.target as Element).closest("button")) open();
    });
    return row;
  }
}

function words({ count, changed, affected }: Cell): string {
  return `${plural(count, "asset", "assets")}: ${number(changed)} changed, ${number(affected - changed)} affected`;
}
