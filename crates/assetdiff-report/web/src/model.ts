// What the report holds, as the engine wrote it, and what follows from it.

import { inflateSync } from "fflate";

export type Pieces = string[];

export type Block =
  | { as: "line"; sign: string; subject: string; old?: Pieces; new?: Pieces; note?: string }
  | { as: "text"; subject: string; lines: [string, number, number, Pieces][]; more: number }
  | { as: "columns"; rows: ColumnRow[]; more: number };

export interface ColumnRow {
  name: string;
  sign: string;
  old: string | null;
  new: string | null;
  notes?: string[];
}

export interface Aspect {
  name: string;
  effect: string;
  cause: boolean;
  blocks: Block[];
  more?: string;
}

export interface Change {
  location?: string;
  was?: string;
  similarity?: number;
  side?: "added" | "removed";
  kinds: string[];
  branch: string[];
  effect: string;
  aspects: Aspect[];
}

export interface Timeline {
  words: string;
  pieces: [string, number, string, string][];
  more: number;
}

export interface Reached {
  paths?: number[][];
  more?: boolean;
  columns?: string;
  missing?: string[];
  stop?: string;
  rebuild?: Timeline;
  partitions?: Timeline;
  step?: number;
  plan?: string;
  spared?: string;
}

/** What both sides did to an asset, in a comparison of three. */
export interface Note {
  by: By;
  words: string[];
  values: { what: string; old: Pieces | null; yours: Pieces | null; theirs: Pieces | null }[];
  theirs: Change[];
}

export interface Commands {
  tool: string;
  commands: string[];
  notes: string[];
  each: [number, string[]][];
}

export interface View {
  name: string;
  nodes: number[];
  xy: number[];
  routes: [number, number[]][];
  cycles?: number[][];
}

interface Raw {
  names: string[];
  assets: {
    key: string[];
    status: number[];
    effect: number[];
    distance: number[];
    rank: number[];
    group: number[];
    location: number[];
    type: number[];
    partitions: number[];
    description: number[];
    kinds: number[][];
    owners: number[][];
    tags: number[][];
  };
  edges: { from: number[]; to: number[]; state: number[] };
  changes: [number, Change[]][];
  reached: [number, Reached][];
  sides?: [number, Note][];
  views: View[];
  commands: Commands[];
}

/** The names of what happened, by the engine's numbers. */
export const STATUS = ["same", "following", "changed", "moved", "renamed", "removed", "new", "undefined", "theirs"] as const;
export type StatusName = (typeof STATUS)[number] | "affected";

export const LABEL: Record<StatusName, string> = {
  same: "Unchanged",
  following: "Follows a rename",
  changed: "Changed in branch",
  moved: "Moved in branch",
  renamed: "Renamed in branch",
  removed: "Removed in branch",
  new: "New in branch",
  undefined: "Not defined",
  theirs: "Changed in base",
  affected: "Affected",
};

/** Whose change it is, in a comparison of three. */
export const BY = { conflict: "in conflict", both: "both, merges", alike: "both alike", theirs: "theirs", yours: "yours" } as const;
export type By = keyof typeof BY;

export const EDGE = ["same", "added", "removed", "mapping", "theirs"] as const;

export class Model {
  readonly size: number;
  readonly names: string[];
  readonly key: string[];
  readonly lower: string[];
  readonly effect: number[];
  readonly distance: number[];
  readonly rank: number[];
  readonly status: StatusName[];
  readonly from: number[];
  readonly to: number[];
  readonly edgeState: number[];
  /** The numbers of the edges that lead to and from each asset. */
  readonly upEdges: number[][];
  readonly downEdges: number[][];
  readonly changes: Map<number, Change[]>;
  readonly reached: Map<number, Reached>;
  readonly views: Map<string, View>;
  readonly commands: Commands[];
  /** The assets that lead to each other, by each of them: what was read before and what is read now, together. */
  readonly cycles = new Map<number, number[]>();
  readonly sides: Map<number, Note>;
  private readonly raw: Raw["assets"];
  private readonly numbers: Map<string, number>;

  constructor(raw: Raw) {
    const { assets, edges } = raw;
    this.raw = assets;
    this.names = raw.names;
    this.key = assets.key;
    this.size = assets.key.length;
    this.lower = assets.key.map((key) => key.toLowerCase());
    this.effect = assets.effect;
    this.distance = assets.distance;
    this.rank = assets.rank;
    this.status = assets.status.map((status, n) => (status === 0 && assets.effect[n] > 0 ? "affected" : STATUS[status]));
    this.from = edges.from;
    this.to = edges.to;
    this.edgeState = edges.state;
    this.upEdges = assets.key.map(() => []);
    this.downEdges = assets.key.map(() => []);
    edges.from.forEach((from, e) => {
      this.downEdges[from].push(e);
      this.upEdges[edges.to[e]].push(e);
    });
    this.changes = new Map(raw.changes);
    this.reached = new Map(raw.reached);
    this.views = new Map(raw.views.map((view) => [view.name, view]));
    this.commands = raw.commands;
    for (const cycle of this.views.get("all")?.cycles ?? []) for (const n of cycle) this.cycles.set(n, cycle);
    this.sides = new Map(raw.sides ?? []);
    // A renamed asset is found under its old key too.
    const renames = raw.changes.flatMap(([n, changes]) => changes.flatMap((change) => (change.was === undefined ? [] : [[change.was, n] as const])));
    this.numbers = new Map([...renames, ...assets.key.map((key, n) => [key, n] as const)]);
  }

  find(key: string): number {
    return this.numbers.get(key) ?? -1;
  }

  /** The last component of a key, and what stands before it. */
  split(n: number): [string, string] {
    const key = this.key[n];
    let cut = 0;
    for (let at = 0; at < key.length; at++) {
      if (key[at] === "\\") at++;
      else if (key[at] === "/") cut = at + 1;
    }
    return [key.slice(cut), key.slice(0, Math.max(0, cut - 1))];
  }

  isChanged(n: number): boolean {
    const status = this.status[n];
    return status !== "same" && status !== "affected" && status !== "undefined";
  }

  isTold(n: number): boolean {
    return this.isChanged(n) || this.status[n] === "affected" || this.sides.has(n);
  }

  up(n: number): number[] {
    return this.upEdges[n].map((e) => this.from[e]);
  }

  down(n: number): number[] {
    return this.downEdges[n].map((e) => this.to[e]);
  }

  private name(number: number): string {
    return number < 0 ? "" : this.names[number];
  }

  group(n: number): string {
    return this.name(this.raw.group[n]);
  }

  location(n: number): string {
    return this.name(this.raw.location[n]);
  }

  type(n: number): string {
    return this.name(this.raw.type[n]);
  }

  partitions(n: number): string {
    return this.name(this.raw.partitions[n]);
  }

  description(n: number): string {
    return this.name(this.raw.description[n]);
  }

  kinds(n: number): string[] {
    return this.raw.kinds[n].map((number) => this.names[number]);
  }

  owners(n: number): string[] {
    return this.raw.owners[n].map((number) => this.names[number]);
  }

  tags(n: number): string[] {
    return this.raw.tags[n].map((number) => this.names[number]);
  }

  /** The aspects that changed, with whether the effect comes from them. */
  aspects(n: number): [string, boolean][] {
    const aspects = new Map<string, boolean>();
    const changes = this.status[n] === "theirs" ? this.sides.get(n)?.theirs : this.changes.get(n);
    for (const change of changes ?? []) {
      if (change.side) continue;
      for (const { name, cause } of change.aspects) aspects.set(name, cause || aspects.get(name) === true);
    }
    return [...aspects].map(([name, cause]) => [name.replace(/_/g, " "), cause]);
  }

  effectWords(n: number): string {
    return ["no rebuild", "recheck", this.status[n] === "new" ? "build" : "rebuild"][this.effect[n]];
  }
}

/** Reads the data out of the page. */
export function load(): Model {
  const element = document.getElementById("data") as HTMLScriptElement;
  const text = element.textContent ?? "";
  const packed = element.dataset.packed;
  if (packed === undefined) return new Model(JSON.parse(text));
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  const json = new TextDecoder().decode(inflateSync(bytes, { out: new Uint8Array(Number(packed)) }));
  element.textContent = "";
  return new Model(JSON.parse(json));
}
