// The page: search, list, picture and panel, all of one state.

import { h, icon, number, plural } from "./dom";
import { Graph } from "./graph";
import { type Model, load } from "./model";
import { Overview, groups, ways } from "./overview";
import { Panel } from "./panel";
import { place } from "./place";
import { Scene } from "./scene";
import { SelectionError, select } from "./select";
import { State, type ViewName } from "./state";
import { Table } from "./table";

const MOST_AROUND = 90;

class Page {
  private readonly state: State;
  private readonly table: Table;
  private readonly graph: Graph;
  private readonly panel: Panel;
  private readonly overview: Overview;
  private readonly search: HTMLInputElement;
  private readonly problem: HTMLElement;
  private readonly tabs: HTMLElement;
  private readonly crumb = h("div", { class: "crumb" });
  private selected: Uint8Array;
  /** What the picture of the surroundings is of. */
  private around = -1;

  constructor(private readonly model: Model) {
    this.state = new State(model);
    this.selected = new Uint8Array(model.size).fill(1);
    this.table = new Table(model, this.state);
    this.graph = new Graph(model, this.state);
    this.overview = new Overview(model, this.state);
    this.panel = new Panel(model, this.state, (n) => this.locate(n));
    this.problem = h("p", { class: "problem", role: "alert" });
    this.search = h("input", {
      type: "search",
      id: "search",
      placeholder: "Search: a name, or tag:pii, owner:, group:, kind:, +key:orders+",
      "aria-label": "Search assets",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.tabs = h("div", { class: "views", role: "group", "aria-label": "What the graph shows" });
  }

  start(): void {
    const main = document.getElementById("app") as HTMLElement;
    main.replaceChildren(this.bar(), this.body());
    document.body.classList.add("live");
    this.tiles();
    this.graph.covered = () => (this.panel.element.hidden || innerWidth < 900 || innerWidth >= 1200 ? 0 : this.panel.element.offsetWidth);
    this.state.listen((what) => this.changed(what));
    addEventListener("keydown", (event) => {
      const isTyping = (event.target as Element).closest?.("input, textarea, pre");
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        this.search.focus();
      } else if (event.key === "Escape" && !this.panel.element.hidden) this.panel.close();
    });
    this.changed(new Set(["filter", "show", "view", "asset"]));
  }

  private bar(): HTMLElement {
    const { search, state } = this;
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = window.setTimeout(() => state.set({ filter: search.value }), this.model.size > 2000 ? 180 : 60);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") {
        this.table.focus();
        event.preventDefault();
      }
    });
    const narrow = h("div", { class: "narrow", role: "group", "aria-label": "Show" });
    for (const [name, label, symbol] of [
      ["list", "Table", "rows"],
      ["picture", "Graph", "graph"],
    ] as const) {
      const choose = h("button", { type: "button", "aria-pressed": name === "list" ? "true" : "false" }, icon(symbol), label);
      choose.addEventListener("click", () => this.side(name, narrow));
      narrow.append(choose);
    }
    const box = h("div", { class: "searchbox" }, icon("search"), search, h("kbd", { "aria-hidden": "true" }, "/"));
    return h("div", { class: "toolbar", role: "search" }, h("div", { class: "find" }, box, this.problem), narrow);
  }

  /** On a narrow screen either the list or the picture is shown. */
  private side(name: string, narrow: HTMLElement): void {
    document.body.classList.toggle("picture", name === "picture");
    [...narrow.children].forEach((choice, at) => choice.setAttribute("aria-pressed", String((at === 1) === (name === "picture"))));
  }

  private body(): HTMLElement {
    const picture = h("section", { class: "picture", "aria-label": "Graph" }, h("div", { class: "bar" }, this.tabs, this.crumb), this.graph.element, this.overview.element);
    return h("div", { class: "split" }, this.table.element, picture, this.panel.element);
  }

  /** The counts in the head choose what the list shows. */
  private tiles(): void {
    const { state } = this;
    const links = [...document.querySelectorAll<HTMLAnchorElement>(".tiles a")];
    for (const link of links) {
      const name = link.hash.slice("#show=".length);
      link.setAttribute("role", "button");
      link.addEventListener("click", (event) => {
        event.preventDefault();
        const show = new Set(state.show);
        if (!show.delete(name)) show.add(name);
        state.set({ show });
      });
      link.addEventListener("keydown", (event) => {
        if (event.key === " ") {
          event.preventDefault();
          link.click();
        }
      });
    }
    const mark = () => links.forEach((link) => link.setAttribute("aria-pressed", String(state.show.has(link.hash.slice("#show=".length)))));
    state.listen(mark);
    mark();
    if (this.model.commands.some(({ commands, notes }) => commands.length + notes.length)) {
      document.querySelector(".plan")?.append(" ", h("button", { type: "button", class: "text", onclick: () => state.set({ plan: true }) }, "Commands"));
    }
  }

  private changed(what: Set<string>): void {
    const { state } = this;
    if (what.has("filter")) this.find();
    if (what.has("filter") || what.has("show")) this.table.fill(this.selected);
    if (what.has("view") || (what.has("filter") && state.view === "matches")) this.picture();
    if (what.has("filter")) this.crumbs();
    if (what.has("asset")) {
      this.panel.show();
      this.table.reveal(state.asset);
      // What is opened from the list and not in the picture is brought into it.
      if (state.asset >= 0 && state.view !== "groups" && !this.graph.scene.has(state.asset)) this.locate(state.asset);
      else this.graph.select();
    }
  }

  private find(): void {
    const { state, model, search } = this;
    if (document.activeElement !== search || search.value !== state.filter) search.value = state.filter;
    try {
      this.selected = select(state.filter, model);
      this.problem.textContent = "";
    } catch (error) {
      if (!(error instanceof SelectionError)) throw error;
      this.problem.textContent = error.message;
    }
    search.setAttribute("aria-invalid", this.problem.textContent ? "true" : "false");
    this.graph.filter(state.filter.trim() ? this.selected : null);
  }

  private get matches(): number[] {
    return [...this.selected.keys()].filter((n) => this.selected[n]);
  }

  private crumbs(): void {
    const { state, model } = this;
    const parts: (Node | string)[] = [];
    if (state.view === "group") {
      parts.push(h("button", { type: "button", class: "text", onclick: () => state.set({ view: "groups" }) }, "Groups"), " › ", h("b", null, state.group || "(none)"));
    } else if (state.view === "around" && this.around >= 0) {
      parts.push("Around ", h("b", null, model.split(this.around)[0]));
    } else if (state.view === "matches") {
      parts.push(plural(this.matches.length, "match", "matches"));
    } else if (state.filter.trim() && !this.problem.textContent) {
      const count = this.matches.length;
      if (count > 0) parts.push(h("button", { type: "button", class: "text", onclick: () => state.set({ view: "matches" }) }, `Draw the ${plural(count, "match", "matches")}`));
    }
    this.crumb.replaceChildren(...parts);
  }

  private picture(): void {
    const { state, model } = this;
    const count = (test: (n: number) => boolean) => model.key.reduce((sum, _, n) => sum + Number(test(n)), 0);
    const removed = count((n) => model.status[n] === "removed");
    const choices: [ViewName, string, string][] = [["focus", "Focus", "What changed, what it reads, and what it affects"]];
    const changed = count((n) => model.isChanged(n));
    if (changed) choices.push(["changed", "Changed", plural(changed, "changed asset", "changed assets")]);
    if (count((n) => model.status[n] === "affected")) choices.push(["affected", "Affected", "All that changed or is affected"]);
    if (removed) choices.push(["removed", "Removed", "What was removed, and what was next to it"]);
    choices.push(["all", "All", plural(model.size, "asset", "assets")]);
    if (ways(model).length) choices.push(["groups", "Groups", "The whole project as groups by depth"]);
    const isCurrent = (name: ViewName) => name === state.view || (name === "groups" && state.view === "group");
    this.tabs.replaceChildren(
      ...choices.map(([view, label, title]) => h("button", { type: "button", title, "aria-pressed": String(isCurrent(view)), onclick: () => state.set({ view }) }, label)),
    );
    this.crumbs();
    const isOverview = state.view === "groups";
    this.overview.element.hidden = !isOverview;
    this.graph.element.hidden = isOverview;
    if (isOverview) this.overview.show();
    else this.graph.show(...this.scene(state.view));
  }

  private scene(view: ViewName): [Scene, string] {
    const { model, state } = this;
    const stored = model.views.get(view);
    if (stored) {
      const scene = new Scene(model, stored.nodes, stored.xy, new Map(stored.routes));
      if (view !== "focus" || !model.changes.size) return [scene, stored.nodes.length ? "" : "Nothing changed: there is nothing to focus on."];
      const told = model.key.reduce((sum, _, n) => sum + Number(model.isTold(n)), 0);
      const shown = stored.nodes.filter((n) => model.isTold(n)).length;
      return [scene, shown < told ? `${number(shown)} of ${number(told)} changed and affected assets: +N opens more` : ""];
    }
    const of = (test: (n: number) => boolean) => [...model.key.keys()].filter(test);
    switch (view) {
      case "changed":
        return this.cut(of((n) => model.isChanged(n)));
      case "removed":
        return this.cut(of((n) => model.status[n] === "removed"));
      case "matches":
        return this.cut(this.matches);
      case "group":
        return this.groupScene(state.group);
      case "around":
        return [place(model, this.surroundings(this.around), null), ""];
      default:
        return this.cut(of((n) => model.isTold(n)));
    }
  }

  private cut(nodes: number[]): [Scene, string] {
    return [place(this.model, nodes, null), ""];
  }

  /** A group with what is next to it, the affected first. */
  private groupScene(name: string): [Scene, string] {
    const { model, state } = this;
    const group = groups(model, state.by).find((group) => group.name === name);
    if (!group) return [new Scene(model, [], [], new Map()), "There is no such group."];
    const stored = state.by === "group" ? model.views.get(`group:${name}`) : undefined;
    if (stored) {
      const scene = new Scene(model, stored.nodes, stored.xy, new Map(stored.routes));
      const shown = stored.nodes.filter((n) => model.group(n) === name).length;
      return [scene, shown < group.count ? `${number(shown)} of ${number(group.count)} assets of this group, affected ones first` : ""];
    }
    const important = (a: number, b: number) => Number(model.isTold(b)) - Number(model.isTold(a)) || model.effect[b] - model.effect[a] || a - b;
    const inner = [...group.nodes].sort(important).slice(0, MOST_AROUND);
    const shown = new Set(inner);
    const outer = inner.flatMap((n) => [...model.up(n), ...model.down(n)]).filter((n) => !shown.has(n) && model.isTold(n));
    outer.sort(important);
    for (const n of outer) {
      if (shown.size >= inner.length + 30) break;
      shown.add(n);
    }
    const message = inner.length < group.count ? `${number(inner.length)} of ${number(group.count)} assets of this group, affected ones first` : "";
    return [place(model, [...shown].sort((a, b) => a - b), null), message];
  }

  /** What is within two steps of an asset, and the ways by which changes reach it. */
  private surroundings(n: number): number[] {
    const { model } = this;
    if (n < 0) return [];
    const shown = new Set([n]);
    for (const path of model.reached.get(n)?.paths ?? []) for (const step of path.slice(-12)) if (step >= 0) shown.add(step);
    let edge = [n];
    for (let step = 0; step < 2; step++) {
      const next: number[] = [];
      for (const from of edge) {
        for (const other of [...model.up(from), ...model.down(from)]) {
          if (shown.has(other) || shown.size >= (step ? 60 : 40)) continue;
          shown.add(other);
          next.push(other);
        }
      }
      edge = next;
    }
    return [...shown].sort((a, b) => a - b);
  }

  private locate(n: number): void {
    if (this.state.view === "groups" || !this.graph.scene.has(n)) {
      this.around = n;
      this.state.set({ view: "around" });
    }
    this.graph.select();
    if (innerWidth < 900) this.side("picture", document.querySelector(".narrow") as HTMLElement);
  }
}

try {
  new Page(load()).start();
} catch (error) {
  // The head and the first rows are there without any script.
  document.body.prepend(h("p", { class: "problem", role: "alert" }, `This page could not be drawn: ${String(error)}`));
  throw error;
}
