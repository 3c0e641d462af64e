// One asset: what changed of it, why it is affected, what to run. Or the whole plan.

import { aspect, marked, timeline } from "./blocks";
import { button, h, icon, number, plural } from "./dom";
import { LABEL, type Change, type Pieces, type Model, type Reached } from "./model";
import type { State } from "./state";

const MOST = 25;

export class Panel {
  readonly element: HTMLElement;
  private opener: Element | null = null;

  constructor(
    private readonly model: Model,
    private readonly state: State,
    /** Brings an asset into the picture. */
    private readonly locate: (n: number) => void,
  ) {
    this.element = h("aside", { class: "panel", "aria-label": "Details", tabindex: -1, hidden: true });
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  close(): void {
    this.state.set({ asset: -1, plan: false });
    const { opener } = this;
    this.opener = null;
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  }

  show(): void {
    const { asset, plan } = this.state;
    const wasHidden = this.element.hidden;
    this.element.hidden = asset < 0 && !plan;
    if (this.element.hidden) return;
    if (wasHidden) this.opener = document.activeElement;
    const parts = asset < 0 ? this.plan() : this.asset(asset);
    this.element.replaceChildren(...parts.filter((part) => part !== null));
    this.element.setAttribute("aria-label", asset < 0 ? "Plan" : `Details of ${this.model.key[asset]}`);
    this.element.scrollTop = 0;
  }

  private head(title: string, label: HTMLElement | null, ...tools: Node[]): HTMLElement {
    return h("header", null, h("div", { class: "row" }, label ?? h("span", null), h("div", { class: "tools" }, ...tools, button("Close (Esc)", "fail", () => this.close()))), h("h2", null, title));
  }

  private plan(): (HTMLElement | null)[] {
    const { commands } = this.model;
    return [
      this.head("Plan", null),
      ...commands.map(({ tool, commands, notes }) =>
        section(
          commands.length || notes.length ? `With ${tool}` : `Nothing to run with ${tool}`,
          commands.length ? code(commands) : null,
          notes.length ? h("ul", { class: "plain" }, ...notes.map((note) => h("li", null, note))) : null,
        ),
      ),
    ];
  }

  private asset(n: number): (HTMLElement | null)[] {
    const { model } = this;
    const status = model.status[n];
    const changes = model.changes.get(n) ?? [];
    const reached = model.reached.get(n) ?? {};
    const label = h("span", { class: `badge s-${status}` }, icon(status), LABEL[status]);
    // Within a notebook the page has no address.
    const copy = button("Copy a link to this asset", "link", () => void copyText(location.href, copy), { hidden: location.protocol === "about:" });
    return [
      this.head(model.key[n], label, button("Show in the graph", "graph", () => this.locate(n)), copy),
      this.effect(n, changes, reached),
      this.threeWay(n),
      this.facts(n),
      ...changes.map((change) => this.change(change, reached, changes.length > 1)),
      ...(model.sides.get(n)?.theirs ?? []).map((change) => this.change(change, {}, false, true)),
      this.why(n, reached),
      this.rebuild(reached),
      this.neighbours("Reads", model.upEdges[n], (e) => model.from[e]),
      this.neighbours("Read by", model.downEdges[n], (e) => model.to[e]),
      this.commands(n),
    ];
  }

  private effect(n: number, changes: Change[], reached: Reached): HTMLElement | null {
    const { model } = this;
    // A change can cost a rebuild and find no partition to rebuild.
    const isSpared = model.effect[n] === 0 && model.distance[n] >= 0 && model.status[n] !== "removed";
    const lines: string[] = changes.map((change) => (isSpared && change.effect.includes("rebuild") && change.effect !== "no rebuild" ? "no rebuild: none of its partitions has to be made again" : change.effect));
    if (!changes.length && model.effect[n]) lines.push(`${model.effectWords(n)}, ${plural(model.distance[n], "step", "steps")} from the nearest change`);
    const more: string[] = [];
    if (reached.step) more.push(`step ${reached.step} of the plan`);
    if (reached.plan) more.push(reached.plan);
    if (reached.spared) more.push(`not affected: it ${reached.spared}`);
    if (reached.stop) more.push(`the change stops here: ${reached.stop}`);
    const cycle = model.cycles.get(n);
    if (cycle) more.push(`in a cycle of what was read before and what is read now, with ${cycle.filter((other) => other !== n).slice(0, 5).map((other) => model.key[other]).join(", ")}${cycle.length > 6 ? ` and ${number(cycle.length - 6)} more` : ""}`);
    if (!lines.length && !more.length && model.status[n] === "same") more.push("No change reaches it.");
    const missing = (reached.missing ?? []).map((key) => h("li", { class: "bad" }, icon("warning"), `reads ${key}, which is gone`));
    return h(
      "ul",
      { class: "effects" },
      ...[...new Set(lines)].map((line) => h("li", { class: `e-${model.effect[n]}` }, line)),
      ...more.map((line) => h("li", null, line)),
      ...missing,
    );
  }

  private threeWay(n: number): HTMLElement | null {
    const note = this.model.sides.get(n);
    if (!note) return null;
    const title = {
      conflict: "Conflict: both changed it, and it does not go together",
      both: "Both changed it, and it merges",
      alike: "Both changed it alike",
      theirs: "Only the base changed it",
      yours: "Only the branch changed it",
    }[note.by];
    const value = (title: string, pieces: Pieces | null) => h("div", null, h("dt", null, title), h("dd", null, ...(pieces ? marked(pieces, "ins") : [h("span", { class: "quiet" }, "not there")])));
    const values = note.values.map(({ what, old, yours, theirs }) =>
      h("div", { class: "three" }, h("h4", null, what), h("dl", null, value("Where they parted", old), value("Yours", yours), value("Theirs", theirs))),
    );
    return h("section", { class: `whose-change s-${note.by}` }, h("h3", null, icon(note.by), " ", title), h("ul", { class: "plain" }, ...note.words.map((words) => h("li", null, words))), ...values);
  }

  private facts(n: number): HTMLElement {
    const { model } = this;
    const entry = (name: string, ...values: string[]) => {
      const shown = values.filter(Boolean);
      return shown.length ? [h("dt", null, name), h("dd", null, ...shown.map((value) => h("span", { class: "chip" }, value)))] : [];
    };
    const description = model.changes.get(n)?.some((change) => change.side) ? "" : model.description(n);
    return h(
      "div",
      { class: "about" },
      description && h("p", { class: "description" }, description),
      h(
        "dl",
        null,
        ...entry("Group", model.group(n)),
        ...entry("Kinds", ...model.kinds(n)),
        ...entry("Owners", ...model.owners(n)),
        ...entry("Tags", ...model.tags(n)),
        ...entry("Partitions", model.partitions(n)),
        ...entry("Type", model.type(n) === "materializable" ? "" : model.type(n)),
        ...entry("Code location", model.location(n)),
      ),
    );
  }

  private change(change: Change, reached: Reached, isOneOfMany: boolean, isTheirs = false): HTMLElement {
    const own = change.side === "added" ? "New asset" : change.side === "removed" ? "What it was" : this.model.sides.size ? "What the branch changed" : "What changed";
    const theirs = change.side === "added" ? "What the base added" : change.side === "removed" ? "What the base removed" : "What the base changed";
    const title = isTheirs ? theirs : own;
    const was = change.was && h("p", { class: "was" }, "was ", h("code", null, change.was), change.similarity !== undefined && ` · ${change.similarity} % the same`);
    return section(
      isOneOfMany && change.location ? `${title} in ${change.location}` : title,
      was || null,
      ...change.aspects.map((each) =>
        aspect(each, change.side, each.name === "partitions" && reached.partitions && !change.side ? timeline(reached.partitions) : null),
      ),
      change.aspects.length ? null : h("p", { class: "quiet" }, change.was ? "Nothing but the key." : "Nothing is stated of it but its key."),
    );
  }

  private link(n: number): HTMLElement {
    const { model } = this;
    const [name, prefix] = model.split(n);
    return h(
      "button",
      { type: "button", class: `asset s-${model.status[n]}`, title: `${model.key[n]}: ${LABEL[model.status[n]]}`, onclick: () => this.state.set({ asset: n }) },
      icon(model.status[n]),
      h("span", null, name),
      prefix && h("small", null, prefix),
    );
  }

  private why(n: number, reached: Reached): HTMLElement | null {
    const paths = (reached.paths ?? []).filter((path) => path.length > 1);
    if (!paths.length) return null;
    const show = (path: number[]) => {
      const steps: (HTMLElement | string)[] = [];
      // Long ways are told by their ends; a negative number stands for so many that the report leaves out.
      const length = path.reduce((sum, step) => sum + (step < 0 ? -step : 1), 0);
      const shown = length > 8 ? [...path.slice(0, 4), 7 - length, ...path.slice(-3)] : path;
      shown.forEach((step, at) => {
        if (at) steps.push(h("span", { class: "to", role: "img", "aria-label": "leads to" }, "→"));
        if (step < 0) steps.push(h("span", { class: "quiet" }, `${number(-step)} more`));
        else steps.push(step === n ? h("b", null, this.model.split(n)[0]) : this.link(step));
      });
      return h("li", null, ...steps);
    };
    const first = paths.slice(0, 5).map(show);
    const rest = paths.slice(5).map(show);
    return section(
      "Why it is affected",
      h("ul", { class: "paths" }, ...first),
      rest.length ? h("details", null, h("summary", null, plural(rest.length, "more cause", "more causes")), h("ul", { class: "paths" }, ...rest)) : null,
      reached.more ? h("p", { class: "quiet" }, "There may be more causes: ", h("code", null, "assetdiff explain"), " lists all paths.") : null,
      reached.columns ? h("p", { class: "quiet" }, `Columns with other data: ${reached.columns}.`) : null,
    );
  }

  private rebuild(reached: Reached): HTMLElement | null {
    return reached.rebuild ? section("Partitions to rebuild", timeline(reached.rebuild)) : null;
  }

  private neighbours(title: string, edges: number[], other: (e: number) => number): HTMLElement | null {
    if (!edges.length) return null;
    const { model } = this;
    const told = (e: number) => Number(model.isTold(other(e))) + Number(model.edgeState[e] > 0) * 2;
    const sorted = [...edges].sort((a, b) => told(b) - told(a) || other(a) - other(b));
    const words = ["", "new", "gone", "other partitions or metadata"];
    const item = (e: number) => h("li", { class: `d-${model.edgeState[e]}` }, this.link(other(e)), words[model.edgeState[e]] && h("span", { class: "note" }, words[model.edgeState[e]]));
    const rest = sorted.slice(MOST);
    return section(
      `${title} ${edges.length}`,
      h("ul", { class: "plain links" }, ...sorted.slice(0, MOST).map(item)),
      rest.length ? h("details", null, h("summary", null, plural(rest.length, "more", "more")), h("ul", { class: "plain links" }, ...rest.slice(0, 1000).map(item))) : null,
    );
  }

  private commands(n: number): HTMLElement | null {
    const tools = this.model.commands
      .map(({ tool, each }) => [tool, each.find(([node]) => node === n)?.[1] ?? []] as const)
      .filter(([, commands]) => commands.length);
    if (!tools.length) return null;
    return section("Make only this", ...tools.map(([tool, commands]) => h("div", null, tools.length > 1 && h("h4", null, tool), code(commands))));
  }
}

function section(title: string, ...children: (HTMLElement | null)[]): HTMLElement {
  return h("section", null, h("h3", null, title), ...children);
}

function code(lines: string[]): HTMLElement {
  const text = lines.join("\n");
  const copy = button("Copy", "copy", () => void copyText(text, copy));
  return h("div", { class: "command" }, h("pre", { tabindex: 0 }, text), copy);
}

async function copyText(text: string, from: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Where a page may not write to the clipboard by itself, the older way mostly works.
    const area = h("textarea", { "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    from.focus();
  }
  from.classList.add("done");
  setTimeout(() => from.classList.remove("done"), 1200);
}
