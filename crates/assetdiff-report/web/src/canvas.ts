// The picture on a canvas, for graphs with too many assets for elements: only what is in sight, in less detail from
// further away.

import { iconPath } from "./dom";
import { EDGE } from "./model";
import { type Bounds, HEIGHT, NAME_FONT, SMALL_FONT, type Scene, type SceneEdge, WIDTH, WORDS, fit, handles, route, subtitle } from "./scene";

export interface Camera {
  x: number;
  y: number;
  k: number;
}

type Theme = Record<string, string>;

/** The colours of the page, as they are now. */
export function theme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const names = ["bg", "card", "text", "quiet", "line", "edge", "accent", "new", "changed", "removed", "renamed", "moved", "following", "affected", "same", "undefined", "theirs", "conflict", "new-soft", "changed-soft", "removed-soft", "renamed-soft", "moved-soft", "following-soft", "affected-soft", "theirs-soft"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

const DASHES: Record<string, number[]> = { same: [], added: [], removed: [6, 4], mapping: [9, 3, 2, 3], theirs: [2, 4] };
const COLORS: Record<string, string> = { same: "edge", added: "new", removed: "removed", mapping: "changed", theirs: "theirs" };

const CELL = 1200;
/** Below this nothing can be read: cards are spots. */
const FAR = 0.28;

export class Painter {
  private readonly cells = new Map<string, number[]>();
  private readonly paths = new Map<string, Path2D>();
  private readonly spans: { edge: SceneEdge; left: number; right: number; top: number; bottom: number }[];

  constructor(private readonly scene: Scene) {
    for (const [n, [x, y]] of scene.at) {
      const key = `${Math.floor(x / CELL)} ${Math.floor(y / CELL)}`;
      const cell = this.cells.get(key);
      if (cell) cell.push(n);
      else this.cells.set(key, [n]);
    }
    this.spans = scene.edges.map((edge) => {
      const [a, b] = [scene.at.get(edge.from), scene.at.get(edge.to)] as [number, number][];
      return { edge, left: Math.min(a[0], b[0]), right: Math.max(a[0], b[0]) + WIDTH, top: Math.min(a[1], b[1]), bottom: Math.max(a[1], b[1]) + HEIGHT };
    });
  }

  /** The assets in a part of the picture. */
  within({ x, y, width, height }: Bounds): number[] {
    const found: number[] = [];
    for (let cx = Math.floor((x - WIDTH) / CELL); cx <= Math.floor((x + width) / CELL); cx++) {
      for (let cy = Math.floor((y - HEIGHT) / CELL); cy <= Math.floor((y + height) / CELL); cy++) {
        for (const n of this.cells.get(`${cx} ${cy}`) ?? []) {
          const [nx, ny] = this.scene.at.get(n) as [number, number];
          if (nx + WIDTH >= x && nx <= x + width && ny + HEIGHT >= y && ny <= y + height) found.push(n);
        }
      }
    }
    return found;
  }

  /** The asset at a place. */
  hit(x: number, y: number): number {
    return this.within({ x, y, width: 0, height: 0 })[0] ?? -1;
  }

  paint(context: CanvasRenderingContext2D, camera: Camera, width: number, height: number, colors: Theme, selected: number, dim: Uint8Array | null): void {
    const { k } = camera;
    const sight = { x: -camera.x / k, y: -camera.y / k, width: width / k, height: height / k };
    context.save();
    context.translate(camera.x, camera.y);
    context.scale(k, k);
    this.paintEdges(context, sight, k, colors, selected);
    const nodes = this.within(sight);
    if (k < FAR) this.paintDots(context, nodes, k, colors, dim);
    else for (const n of nodes) this.paintCard(context, n, k, colors, dim !== null && !dim[n]);
    if (selected >= 0 && this.scene.has(selected)) {
      const [x, y] = this.scene.at.get(selected) as [number, number];
      context.strokeStyle = colors.accent;
      context.lineWidth = Math.max(3, 2 / k);
      context.strokeRect(x - 2, y - 2, WIDTH + 4, HEIGHT + 4);
    }
    context.restore();
  }

  private paintEdges(context: CanvasRenderingContext2D, sight: Bounds, k: number, colors: Theme, selected: number): void {
    const lines = new Map<string, SceneEdge[]>();
    let count = 0;
    for (const { edge, left, right, top, bottom } of this.spans) {
      if (right < sight.x || left > sight.x + sight.width || bottom < sight.y || top > sight.y + sight.height) continue;
      // From far away all edges together are fog: those by which changes travel say enough.
      if (k < FAR && !(this.scene.model.isTold(edge.from) && this.scene.model.isTold(edge.to))) continue;
      const isNear = edge.from === selected || edge.to === selected;
      const state = isNear ? "near" : EDGE[this.scene.model.edgeState[edge.e]];
      const list = lines.get(state);
      if (list) list.push(edge);
      else lines.set(state, [edge]);
      count++;
    }
    for (const state of ["same", "theirs", "mapping", "removed", "added", "near"]) {
      const edges = lines.get(state);
      if (!edges) continue;
      context.beginPath();
      for (const edge of edges) {
        const [x, y] = this.scene.at.get(edge.from) as [number, number];
        const [toX, toY] = this.scene.at.get(edge.to) as [number, number];
        context.moveTo(x + WIDTH, y + HEIGHT / 2);
        if (k < FAR || count > 4000) context.lineTo(toX, toY + HEIGHT / 2);
        else trace(context, route(this.scene, edge));
      }
      context.setLineDash(k < FAR ? [] : (DASHES[state] ?? []));
      context.strokeStyle = colors[COLORS[state] ?? "accent"];
      // So many lines are a grey surface unless each is nearly nothing.
      context.globalAlpha = state === "same" ? (count > 4000 ? 0.3 : 1) : 1;
      context.lineWidth = (state === "same" ? 1.2 : 2) * Math.max(1, 0.7 / k);
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  private isInConflict(n: number): boolean {
    return this.scene.model.sides.get(n)?.by === "conflict";
  }

  private paintDots(context: CanvasRenderingContext2D, nodes: number[], k: number, colors: Theme, dim: Uint8Array | null): void {
    const byStatus = new Map<string, number[]>();
    for (const n of nodes) {
      const status = dim && !dim[n] ? "line" : this.isInConflict(n) ? "conflict" : this.scene.model.status[n];
      const list = byStatus.get(status);
      if (list) list.push(n);
      else byStatus.set(status, [n]);
    }
    // Unchanged ones first: what matters lies above, and is never smaller than two pixels.
    const order = ["line", "same", "undefined", "affected", "theirs", "following", "moved", "renamed", "removed", "changed", "new", "conflict"];
    const least = 2 / k;
    for (const status of order) {
      const list = byStatus.get(status);
      if (!list) continue;
      context.fillStyle = status === "same" || status === "undefined" ? colors.edge : colors[status];
      context.beginPath();
      for (const n of list) {
        const [x, y] = this.scene.at.get(n) as [number, number];
        context.rect(x, y, Math.max(WIDTH, least), Math.max(HEIGHT, least));
      }
      context.fill();
    }
  }

  private paintCard(context: CanvasRenderingContext2D, n: number, k: number, colors: Theme, isDim: boolean): void {
    const { model } = this.scene;
    const [x, y] = this.scene.at.get(n) as [number, number];
    const status = model.status[n];
    const isPlain = status === "same" || status === "undefined";
    context.globalAlpha = isDim ? 0.3 : 1;
    context.beginPath();
    context.roundRect(x, y, WIDTH, HEIGHT, 8);
    context.fillStyle = colors[`${status}-soft`] || colors.card;
    context.fill();
    context.strokeStyle = isPlain ? colors.line : colors[status];
    context.lineWidth = status === "new" || status === "changed" ? 2 : 1.2;
    context.setLineDash(status === "removed" || status === "undefined" ? [5, 4] : []);
    context.stroke();
    context.setLineDash([]);
    if (this.isInConflict(n)) {
      context.fillStyle = colors.conflict;
      context.fillRect(x + WIDTH - 22, y - 5, 14, 10);
    }
    let path = this.paths.get(status);
    if (!path) this.paths.set(status, (path = new Path2D(iconPath(status))));
    context.save();
    context.translate(x + 11, y + 16);
    context.fillStyle = colors[status];
    context.fill(path, "evenodd");
    context.restore();
    context.fillStyle = colors.text;
    context.font = NAME_FONT;
    context.fillText(fit(model.split(n)[0], NAME_FONT, WORDS), x + 35, y + 21);
    if (k > 0.5) {
      context.fillStyle = colors.quiet;
      context.font = SMALL_FONT;
      context.fillText(fit(subtitle(model, n), SMALL_FONT, WORDS), x + 35, y + 37);
    }
    context.globalAlpha = 1;
  }
}

function trace(context: CanvasRenderingContext2D, points: [number, number, boolean][]): void {
  let [x, y] = points[0];
  for (const [nextX, nextY, isCurve] of points.slice(1)) {
    if (isCurve) {
      const [out, into] = handles(x, nextX);
      context.bezierCurveTo(out, y, into, nextY, nextX, nextY);
    } else context.lineTo(nextX, nextY);
    [x, y] = [nextX, nextY];
  }
}

/** Returns the picture as pixels; large ones in less detail. */
export function pixels(scene: Scene): HTMLCanvasElement {
  const margin = 24;
  const [width, height] = [scene.bounds.width + 2 * margin, scene.bounds.height + 2 * margin];
  const k = Math.min(2, 12_000 / width, 12_000 / height, Math.sqrt(48_000_000 / (width * height)));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.ceil(width * k), Math.ceil(height * k)];
  const context = canvas.getContext("2d");
  if (context) {
    const colors = theme();
    context.fillStyle = colors.bg;
    context.fillRect(0, 0, canvas.width, canvas.height);
    const camera = { x: (margin - scene.bounds.x) * k, y: (margin - scene.bounds.y) * k, k };
    new Painter(scene).paint(context, camera, canvas.width, canvas.height, colors, -1, null);
  }
  return canvas;
}
