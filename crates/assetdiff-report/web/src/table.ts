// The list of assets: only the rows in sight are there.

import { h, icon, number, plural, soon } from "./dom";
import { BY, LABEL, type Model } from "./model";
import type { State } from "./state";

const ROW = 48;

type Column = "key" | "change" | "what" | "effect" | "steps" | "group";

const COLUMNS: [Column, string][] = [
  ["key", "Asset"],
  ["change", "Change"],
  ["what", "What changed"],
  ["effect", "Effect"],
  ["steps", "Steps"],
  ["group", "Group"],
];

const ORDER = ["new", "changed", "renamed", "moved", "removed", "following", "theirs", "affected", "same", "undefined"];

export class Table {
  readonly element: HTMLElement;
  rows: number[] = [];
  private readonly scroller: HTMLDivElement;
  private readonly body: HTMLTableSectionElement;
  private readonly table: HTMLTableElement;
  private readonly count: HTMLElement;
  private readonly empty = h("div", null);
  private readonly headers = new Map<Column, HTMLTableCellElement>();
  /** How many unchanged assets are selected and not listed. */
  private hidden = 0;
  private sort: Column | "" = "";
  private descending = false;
  private active = 0;
  private readonly draw = soon(() => this.render());

  constructor(
    private readonly model: Model,
    private readonly state: State,
  ) {
    const heads = COLUMNS.map(([column, label]) => {
      const head = h(
        "th",
        { scope: "col", class: `c-${column}`, "aria-sort": "none" },
        h("button", { type: "button", onclick: () => this.sortBy(column) }, label),
      );
      this.headers.set(column, head);
      return head;
    });
    this.body = h("tbody", null);
    this.table = h("table", { id: "table", class: "rows", "aria-label": "Changed and affected assets" }, h("thead", null, h("tr", null, ...heads)), this.body);
    this.scroller = h("div", { class: "scroller", onscroll: this.draw }, this.table, this.empty);
    this.count = h("p", { class: "count", "aria-live": "polite" });
    this.element = h("section", { class: "list", "aria-label": "Assets" }, h("div", { class: "bar" }, this.count, this.unchangedSwitch()), this.scroller);
    this.body.addEventListener("click", (event) => this.pick(event.target as Element));
    this.body.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(this.draw).observe(this.scroller);
    addEventListener("beforeprint", () => this.render(2000));
    addEventListener("afterprint", () => this.render());
  }

  private unchangedSwitch(): HTMLElement {
    const input = h("input", { type: "checkbox", id: "unchanged" });
    input.addEventListener("change", () => this.state.set({ unchanged: input.checked }));
    this.state.listen(() => (input.checked = this.state.unchanged));
    input.checked = this.state.unchanged;
    return h("label", { class: "switch", for: "unchanged" }, input, "Unchanged too");
  }

  /** Lists what is selected, of the sorts that are shown. */
  fill(selected: Uint8Array): void {
    const { model, state } = this;
    const { show, unchanged } = state;
    const rows: number[] = [];
    // What happened, and whose change it is, are two questions.
    const sides = [...show].some((name) => name in BY);
    const statuses = [...show].some((name) => !(name in BY));
    let hidden = 0;
    for (let n = 0; n < model.size; n++) {
      if (!selected[n]) continue;
      const by = model.sides.get(n)?.by;
      const isShown = show.size ? (!statuses || show.has(model.status[n])) && (!sides || (by !== undefined && show.has(by))) : model.isTold(n);
      if (isShown || (unchanged && !model.isTold(n))) rows.push(n);
      else if (!model.isTold(n)) hidden++;
    }
    this.rows = rows;
    this.hidden = hidden;
    this.order();
    this.active = Math.max(0, rows.indexOf(state.asset));
    this.count.textContent = plural(rows.length, "asset", "assets") + (state.filter && hidden ? ` · ${number(hidden)} unchanged match` : "");
    this.scroller.scrollTop = 0;
    this.render();
    this.reveal(state.asset);
  }

  private sortBy(column: Column): void {
    if (this.sort !== column) [this.sort, this.descending] = [column, false];
    else if (!this.descending) this.descending = true;
    else [this.sort, this.descending] = ["", false];
    this.order();
    this.render();
  }

  private order(): void {
    const { model } = this;
    const status = (n: number) => ORDER.indexOf(model.status[n]);
    const by: Record<Column | "", (a: number, b: number) => number> = {
      "": (a, b) =>
        Number(model.isChanged(b)) - Number(model.isChanged(a)) ||
        Number(model.isTold(b)) - Number(model.isTold(a)) ||
        model.effect[b] - model.effect[a] ||
        model.distance[a] - model.distance[b],
      key: (a, b) => (model.key[a] < model.key[b] ? -1 : Number(model.key[a] > model.key[b])),
      change: (a, b) => status(a) - status(b),
      what: (a, b) => compare(this.what(a), this.what(b)),
      effect: (a, b) => model.effect[b] - model.effect[a],
      steps: (a, b) => model.distance[a] - model.distance[b],
      group: (a, b) => compare(model.group(a), model.group(b)),
    };
    const sign = this.descending ? -1 : 1;
    const order = by[this.sort];
    this.rows.sort((a, b) => sign * order(a, b) || a - b);
    for (const [column, head] of this.headers) {
      const is = column === this.sort ? (this.descending ? "descending" : "ascending") : "none";
      head.setAttribute("aria-sort", is);
    }
  }

  private what(n: number): string {
    return this.model.aspects(n).map(([name]) => name).join(", ");
  }

  private render(most = 0): void {
    const { scrollTop, clientHeight } = this.scroller;
    const hadFocus = this.body.contains(document.activeElement);
    const first = most ? 0 : Math.max(0, Math.floor(scrollTop / ROW) - 8);
    const last = Math.min(this.rows.length, most || Math.ceil((scrollTop + clientHeight) / ROW) + 8);
    const rows: Node[] = [];
    if (first > 0) rows.push(space(first * ROW));
    for (let at = first; at < last; at++) rows.push(this.row(at));
    if (last < this.rows.length && !most) rows.push(space((this.rows.length - last) * ROW));
    this.table.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.body.replaceChildren(...rows);
    this.empty.replaceChildren(...(this.rows.length ? [] : [this.nothing()]));
    if (hadFocus) (this.body.querySelector('[tabindex="0"]') as HTMLElement | null)?.focus({ preventScroll: true });
  }

  private nothing(): HTMLElement {
    const { state, model } = this;
    const isEmpty = !state.filter && !state.show.size && model.changes.size === 0;
    const reset = h("button", { type: "button", class: "text", onclick: () => state.set({ filter: "", show: new Set() }) }, "Clear the filter");
    if (this.hidden && state.filter && !state.show.size) {
      const more = h("button", { type: "button", class: "text", onclick: () => state.set({ unchanged: true }) }, "List them");
      return h("div", { class: "empty" }, h("p", null, plural(this.hidden, "unchanged asset matches.", "unchanged assets match.")), more);
    }
    const words = isEmpty ? "Nothing changed, and nothing is affected." : "No asset matches.";
    return h("div", { class: "empty" }, h("p", null, words), isEmpty ? null : reset);
  }

  private row(at: number): HTMLTableRowElement {
    const { model } = this;
    const n = this.rows[at];
    const [name, prefix] = model.split(n);
    const status = model.status[n];
    const what = model.aspects(n).map(([aspect, cause]) => h("span", { class: cause ? "chip cause" : "chip" }, aspect));
    const was = model.changes.get(n)?.find((change) => change.was)?.was;
    const steps = model.distance[n];
    const by = model.sides.get(n)?.by;
    return h(
      "tr",
      {
        class: `s-${status}${n === this.state.asset ? " selected" : ""}`,
        tabindex: at === this.active ? 0 : -1,
        "data-at": at,
        "aria-rowindex": at + 2,
        "aria-selected": n === this.state.asset ? "true" : "false",
      },
      h(
        "th",
        { scope: "row", class: "c-key", title: model.key[n] },
        icon(status),
        h("span", { class: "name" }, h("b", null, name), h("small", null, was ? `was ${was}` : prefix)),
      ),
      h("td", { class: "c-change" }, LABEL[status], h("small", null, by && h("span", { class: `by s-${by}` }, icon(by), BY[by]), h("span", { class: "whats" }, this.what(n)))),
      h("td", { class: "c-what" }, ...what),
      h("td", { class: `c-effect e-${model.effect[n]}` }, model.isTold(n) && status !== "theirs" ? model.effectWords(n) : ""),
      h("td", { class: "c-steps" }, steps > 0 ? steps : ""),
      h("td", { class: "c-group", title: model.group(n) }, model.group(n)),
    );
  }

  private pick(target: Element): void {
    const row = target.closest("tr[data-at]") as HTMLElement | null;
    if (!row || getSelection()?.toString()) return;
    this.active = Number(row.dataset.at);
    this.state.set({ asset: this.rows[this.active] });
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / ROW) - 2);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (event.key === "Enter" || event.key === " ") {
      if (this.rows.length) this.state.set({ asset: this.rows[this.active] });
    } else if (step !== undefined) {
      this.active = Math.min(this.rows.length - 1, Math.max(0, this.active + step));
      this.scrollTo(this.active);
      this.render();
    } else return;
    event.preventDefault();
  }

  private scrollTo(at: number): void {
    const { scrollTop, clientHeight } = this.scroller;
    const head = 36;
    if (at * ROW < scrollTop) this.scroller.scrollTop = at * ROW;
    else if ((at + 1) * ROW + head > scrollTop + clientHeight) this.scroller.scrollTop = (at + 1) * ROW + head - clientHeight;
  }

  /** Marks the row of an asset and brings it into sight. */
  reveal(n: number): void {
    const at = this.rows.indexOf(n);
    if (at >= 0) {
      this.active = at;
      this.scrollTo(at);
    }
    this.render();
  }

  /** Gives the focus back to the list. */
  focus(): void {
    (this.body.querySelector('[tabindex="0"]') as HTMLElement | null)?.focus();
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function space(height: number): HTMLElement {
  const cell = h("td", null);
  cell.style.height = `${height}px`;
  return h("tr", { class: "space", "aria-hidden": "true" }, cell);
}
