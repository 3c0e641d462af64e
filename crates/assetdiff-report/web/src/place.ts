// Places for a part of the graph that the report has no drawing of: what is opened, found, or around an asset. Columns
// come from the order of the engine's drawing of all; what is in the picture already stays where it is, as far as it can.

import type { Model } from "./model";
import { COLUMN_GAP, HEIGHT, ROW_GAP, Scene, WIDTH } from "./scene";

const STEP = HEIGHT + ROW_GAP;

/** More than this would be a thread of long columns. */
const MOST = 500;

export function place(model: Model, nodes: number[], before: Scene | null): Scene {
  if (nodes.length > MOST) return mosaic(model, nodes);
  const inside = new Set(nodes);
  const near = (n: number) => [...model.up(n), ...model.down(n)].filter((other) => other !== n && inside.has(other));
  const joined = nodes.filter((n) => near(n).length > 0);
  const single = nodes.filter((n) => near(n).length === 0);
  const column = columns(model, joined, inside, before);
  const lists = new Map<number, number[]>();
  for (const n of joined) {
    const list = lists.get(column.get(n) as number);
    if (list) list.push(n);
    else lists.set(column.get(n) as number, [n]);
  }
  const order = [...lists.keys()].sort((a, b) => a - b).map((key) => lists.get(key) as number[]);
  const y = new Map<number, number>();
  const all = model.views.get("all");
  for (const n of joined) y.set(n, before?.at.get(n)?.[1] ?? beside(model, n, before) ?? (all ? all.xy[2 * n + 1] : 0));
  const sort = (list: number[]) => list.sort((a, b) => (y.get(a) as number) - (y.get(b) as number) || a - b);
  order.forEach(sort);
  if (!before?.nodes.some((n) => inside.has(n))) sweep(model, order, inside, y, sort);
  for (let round = 0; round < 10; round++) {
    for (const list of round % 2 ? [...order].reverse() : order) settle(model, list, inside, y);
  }
  const xy = new Map<number, [number, number]>();
  order.forEach((list, at) => list.forEach((n) => xy.set(n, [at * (WIDTH + COLUMN_GAP), Math.round(y.get(n) as number)])));
  rows(single, xy, order.length);
  return new Scene(model, nodes, nodes.flatMap((n) => xy.get(n) as [number, number]), new Map());
}

function columns(model: Model, nodes: number[], inside: Set<number>, before: Scene | null): Map<number, number> {
  const column = new Map<number, number>();
  const sorted = [...nodes].sort((a, b) => model.rank[a] - model.rank[b] || a - b);
  for (const n of sorted) {
    const x = before?.at.get(n)?.[0];
    let at = x === undefined ? 0 : Math.round(x / (WIDTH + COLUMN_GAP));
    // A cycle stays in one column.
    const ups = (model.cycles.get(n) ?? [n]).filter((mate) => inside.has(mate)).flatMap((mate) => model.up(mate));
    for (const up of ups) {
      if (inside.has(up) && model.rank[up] < model.rank[n]) at = Math.max(at, (column.get(up) ?? 0) + 1);
    }
    column.set(n, at);
  }
  // What nothing here leads to stands just before what it leads to.
  for (const n of sorted.reverse()) {
    if (before?.has(n) || model.up(n).some((up) => up !== n && inside.has(up))) continue;
    const downs = model.down(n).filter((down) => inside.has(down) && model.rank[down] > model.rank[n]);
    if (downs.length) column.set(n, Math.min(...downs.map((down) => column.get(down) as number)) - 1);
  }
  return column;
}

/** The mean height of what is next to an asset in the picture before. */
function beside(model: Model, n: number, before: Scene | null): number | undefined {
  const heights = [...model.up(n), ...model.down(n)].map((other) => before?.at.get(other)?.[1]).filter((y): y is number => y !== undefined);
  return heights.length ? heights.reduce((sum, y) => sum + y, 0) / heights.length : undefined;
}

/** Brings each column into the order of what its members are joined to. */
function sweep(model: Model, order: number[][], inside: Set<number>, y: Map<number, number>, sort: (list: number[]) => void): void {
  order.forEach((list) => list.forEach((n, at) => y.set(n, at * STEP)));
  for (let round = 0; round < 8; round++) {
    const down = round % 2 === 0;
    for (const list of down ? order : [...order].reverse()) {
      for (const n of list) {
        const others = (down ? model.up(n) : model.down(n)).filter((other) => other !== n && inside.has(other));
        if (others.length) y.set(n, others.reduce((sum, other) => sum + (y.get(other) as number), 0) / others.length);
      }
      sort(list);
      list.forEach((n, at) => y.set(n, at * STEP));
    }
  }
}

/** Draws a column towards what its members are joined to, in order and apart: the least squares, by pooling. */
function settle(model: Model, list: number[], inside: Set<number>, y: Map<number, number>): void {
  const pools: { wanted: number; members: number }[] = [];
  list.forEach((n, at) => {
    const others = [...model.up(n), ...model.down(n)].filter((other) => other !== n && inside.has(other));
    const mean = others.reduce((sum, other) => sum + (y.get(other) as number), 0) / Math.max(1, others.length);
    pools.push({ wanted: (others.length ? mean : (y.get(n) as number)) - at * STEP, members: 1 });
    while (pools.length > 1 && pools[pools.length - 2].wanted > pools[pools.length - 1].wanted) {
      const [above, below] = pools.splice(-2);
      const members = above.members + below.members;
      pools.push({ wanted: (above.wanted * above.members + below.wanted * below.members) / members, members });
    }
  });
  let at = 0;
  for (const { wanted, members } of pools) {
    for (let i = 0; i < members; i++, at++) y.set(list[at], wanted + at * STEP);
  }
}

/** Puts what is joined to nothing into rows below. */
function rows(single: number[], xy: Map<number, [number, number]>, columns: number): void {
  let bottom = -Infinity;
  for (const [, y] of xy.values()) bottom = Math.max(bottom, y + HEIGHT + 30);
  if (bottom === -Infinity) bottom = 0;
  const width = Math.max(columns * (WIDTH + COLUMN_GAP) - COLUMN_GAP, Math.min(5, Math.ceil(Math.sqrt(single.length))) * (WIDTH + ROW_GAP));
  const perRow = Math.max(1, Math.floor((width + ROW_GAP) / (WIDTH + ROW_GAP)), Math.floor(Math.sqrt(single.length) / 4));
  single.forEach((n, at) => xy.set(n, [(at % perRow) * (WIDTH + ROW_GAP), bottom + Math.floor(at / perRow) * STEP]));
}

/** Places for very many: each column becomes a block of several, as in the engine's picture of all. */
function mosaic(model: Model, nodes: number[]): Scene {
  const all = model.views.get("all");
  const height = (n: number) => (all ? all.xy[2 * n + 1] : n);
  const columns = new Map<number, number[]>();
  for (const n of nodes) {
    const column = columns.get(model.rank[n]);
    if (column) column.push(n);
    else columns.set(model.rank[n], [n]);
  }
  const rows = Math.max(1, Math.floor(Math.sqrt((nodes.length * (WIDTH + ROW_GAP) * 2) / (STEP * 3))));
  const places = new Map<number, [number, number]>();
  let left = 0;
  for (const rank of [...columns.keys()].sort((a, b) => a - b)) {
    const column = (columns.get(rank) as number[]).sort((a, b) => height(a) - height(b) || a - b);
    const width = Math.ceil(column.length / rows);
    const top = ((rows - Math.ceil(column.length / width)) * STEP) / 2;
    column.forEach((n, at) => places.set(n, [left + (at % width) * (WIDTH + ROW_GAP), top + Math.floor(at / width) * STEP]));
    left += width * (WIDTH + ROW_GAP) + COLUMN_GAP * 2;
  }
  return new Scene(model, nodes, nodes.flatMap((n) => places.get(n) as [number, number]), new Map());
}
