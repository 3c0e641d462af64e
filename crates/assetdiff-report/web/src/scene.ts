// A part of the graph with places, as both ways of drawing take it.

import { LABEL, type Model } from "./model";

export const WIDTH = 184;
export const HEIGHT = 48;
export const COLUMN_GAP = 56;
export const ROW_GAP = 16;

export interface SceneEdge {
  e: number;
  from: number;
  to: number;
  /** Where it passes columns: left ends and heights. */
  lanes: number[];
}

export interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

export class Scene {
  readonly at = new Map<number, [number, number]>();
  readonly edges: SceneEdge[] = [];
  readonly bounds: Bounds;
  /** Around the assets of a cycle, which stand below each other with nothing between. */
  readonly frames: Bounds[] = [];

  constructor(
    readonly model: Model,
    readonly nodes: number[],
    xy: number[],
    routes: Map<number, number[]>,
  ) {
    nodes.forEach((n, i) => this.at.set(n, [xy[2 * i], xy[2 * i + 1]]));
    for (const n of nodes) {
      for (const e of model.downEdges[n]) {
        const to = model.to[e];
        if (to !== n && this.at.has(to)) this.edges.push({ e, from: n, to, lanes: routes.get(e) ?? [] });
      }
    }
    for (const cycle of new Set(nodes.map((n) => model.cycles.get(n)))) {
      const inside = cycle?.filter((n) => this.at.has(n)) ?? [];
      const ys = inside.map((n) => (this.at.get(n) as [number, number])[1]).sort((a, b) => a - b);
      const isGroup = inside.length > 1 && inside.every((n) => this.at.get(n)?.[0] === this.at.get(inside[0])?.[0]) && ys.every((y, at) => !at || y - ys[at - 1] <= HEIGHT + ROW_GAP);
      if (isGroup) this.frames.push({ x: (this.at.get(inside[0]) as [number, number])[0] - 9, y: ys[0] - 18, width: WIDTH + 40, height: ys[ys.length - 1] - ys[0] + HEIGHT + 27 });
    }
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x, y] of this.at.values()) {
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x + WIDTH);
      bottom = Math.max(bottom, y + HEIGHT);
    }
    for (const frame of this.frames) {
      left = Math.min(left, frame.x);
      top = Math.min(top, frame.y);
      right = Math.max(right, frame.x + frame.width);
      bottom = Math.max(bottom, frame.y + frame.height);
    }
    for (const { lanes } of this.edges) {
      for (let i = 1; i < lanes.length; i += 2) {
        top = Math.min(top, lanes[i]);
        bottom = Math.max(bottom, lanes[i]);
      }
    }
    this.bounds = nodes.length ? { x: left, y: top, width: right - left, height: bottom - top } : { x: 0, y: 0, width: 1, height: 1 };
  }

  has(n: number): boolean {
    return this.at.has(n);
  }

  /** How many assets that a change reaches, or that a changed one reads, are next to one and not here. */
  hidden(n: number, isSelected: boolean): [number, number] {
    const { model } = this;
    const count = (list: number[], counts: (other: number) => boolean) => new Set(list.filter((other) => !this.at.has(other) && (isSelected || counts(other)))).size;
    const isChanged = model.isChanged(n);
    return [count(model.up(n), (other) => isChanged || model.isChanged(other)), count(model.down(n), (other) => model.isTold(other))];
  }
}

/** The pieces of an edge: `[x, y, is a curve]` after its start. */
export function route(scene: Scene, edge: SceneEdge): [number, number, boolean][] {
  const [x, y] = scene.at.get(edge.from) as [number, number];
  const [toX, toY] = scene.at.get(edge.to) as [number, number];
  const points: [number, number, boolean][] = [[x + WIDTH, y + HEIGHT / 2, false]];
  for (let i = 0; i < edge.lanes.length; i += 2) {
    points.push([edge.lanes[i], edge.lanes[i + 1], true], [edge.lanes[i] + WIDTH, edge.lanes[i + 1], false]);
  }
  points.push([toX === x ? toX + WIDTH : toX, toY + HEIGHT / 2, true]);
  return points;
}

/** Where the handles of a curve stand. */
export function handles(fromX: number, toX: number): [number, number] {
  // Within a cycle's column it leads around on the right.
  if (toX === fromX) return [fromX + 32, toX + 32];
  const reach = toX > fromX ? Math.max(14, (toX - fromX) / 2) : 60;
  return [fromX + reach, toX - reach];
}

export function pathData(points: [number, number, boolean][]): string {
  let [x, y] = points[0];
  let path = `M${x} ${y}`;
  for (const [nextX, nextY, isCurve] of points.slice(1)) {
    if (isCurve && nextY !== y) {
      const [out, into] = handles(x, nextX);
      path += `C${out} ${y} ${into} ${nextY} ${nextX} ${nextY}`;
    } else if (isCurve && nextX < x) {
      path += `C${x + 60} ${y + 60} ${nextX - 60} ${nextY + 60} ${nextX} ${nextY}`;
    } else path += `L${nextX} ${nextY}`;
    [x, y] = [nextX, nextY];
  }
  return path;
}

/** The room for words on a card. */
export const WORDS = WIDTH - 44;

/** The first of some texts that fits into the second line of a card. */
function fitting(texts: string[]): string | undefined {
  return texts.find((text) => fit(text, SMALL_FONT, WORDS) === text);
}

/** The second line of a card. */
export function subtitle(model: Model, n: number): string {
  const status = model.status[n];
  switch (status) {
    case "changed": {
      const aspects = model.aspects(n).map(([name]) => (name === "code version" ? "code" : name));
      const more = aspects.length > 1 ? `${aspects[0]} +${aspects.length - 1}` : aspects[0];
      return aspects.length ? (fitting([`Changed: ${aspects.join(", ")}`, `Changed: ${more}`, more]) ?? "Changed in branch") : "Changed in branch";
    }
    case "affected":
      return `${model.effect[n] === 1 ? "Recheck" : "Rebuild"} · ${model.distance[n]} ${model.distance[n] === 1 ? "step" : "steps"}`;
    case "theirs": {
      const [change] = model.sides.get(n)?.theirs ?? [];
      if (change?.side) return change.side === "added" ? "New in base" : "Removed in base";
      const aspects = model.aspects(n).map(([name]) => (name === "code version" ? "code" : name));
      return fitting([`In base: ${aspects.join(", ")}`]) ?? LABEL.theirs;
    }
    case "new":
      return "New in branch";
    case "removed":
      return "Removed in branch";
    case "renamed": {
      const was = model.changes.get(n)?.find((change) => change.was)?.was;
      return was ? `was ${was.slice(was.lastIndexOf("/") + 1)}` : "Renamed in branch";
    }
    case "moved":
      return "Moved in branch";
    case "following":
      return "Follows a rename";
    case "undefined":
      return "Not defined";
    default:
      return model.group(n) || model.split(n)[1];
  }
}

const measured = document.createElement("canvas").getContext("2d");
const cuts = new Map<string, string>();

export const NAME_FONT = '600 13.5px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
export const SMALL_FONT = '11.5px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** A text that fits into a width; a name is cut in the middle, where names differ least. */
export function fit(text: string, font: string, width: number): string {
  const key = `${font}\n${width}\n${text}`;
  let cut = cuts.get(key);
  if (cut === undefined) {
    cut = cutTo(text, font, width);
    if (cuts.size > 50_000) cuts.clear();
    cuts.set(key, cut);
  }
  return cut;
}

function cutTo(text: string, font: string, width: number): string {
  if (!measured) return text;
  measured.font = font;
  const letters = [...text.slice(0, 400)];
  if (letters.length === [...text].length && measured.measureText(text).width <= width) return text;
  let [low, high] = [0, letters.length];
  const shorter = (count: number) => {
    const tail = font === NAME_FONT ? Math.floor(count * 0.4) : 0;
    return `${letters.slice(0, count - tail).join("")}…${tail ? letters.slice(-tail).join("") : ""}`;
  };
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measured.measureText(shorter(middle)).width <= width) low = middle;
    else high = middle - 1;
  }
  return shorter(low);
}
