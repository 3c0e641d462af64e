// The picture as SVG: text can be selected and read out, and it prints.

import { iconPath, s } from "./dom";
import { BY, EDGE, LABEL } from "./model";
import { HEIGHT, NAME_FONT, type Scene, SMALL_FONT, WIDTH, WORDS, fit, pathData, route, subtitle } from "./scene";

export interface Drawn {
  root: SVGGElement;
  nodes: Map<number, SVGGElement>;
  edges: Map<number, SVGPathElement>;
}

/** Draws a scene; `stubs` also draws what opens more of the graph. */
export function draw(scene: Scene, selected: number, stubs: boolean): Drawn {
  const root = s("g", { class: "scene" });
  const edges = new Map<number, SVGPathElement>();
  const nodes = new Map<number, SVGGElement>();
  // What changed is drawn over what did not.
  const byState = [...scene.edges].sort((a, b) => scene.model.edgeState[a.e] - scene.model.edgeState[b.e]);
  const lines = s("g", { class: "edges", "aria-hidden": "true" });
  for (const edge of byState) {
    const state = EDGE[scene.model.edgeState[edge.e]];
    const path = s("path", { class: `edge g-${state}`, d: pathData(route(scene, edge)), "marker-end": `url(#arrow-${state})`, fill: "none" });
    edges.set(edge.e, path);
    lines.append(path);
  }
  for (const { x, y, width, height } of scene.frames) {
    root.append(s("g", { class: "cycle", transform: `translate(${x} ${y})` }, s("rect", { width, height, rx: 12 }), s("text", { x: 12, y: 13 }, "cycle")));
  }
  root.append(lines);
  for (const n of scene.nodes) {
    const card = node(scene, n, n === selected);
    if (stubs) card.append(...stubsOf(scene, n, n === selected));
    nodes.set(n, card);
    root.append(card);
  }
  return { root, nodes, edges };
}

function node(scene: Scene, n: number, isSelected: boolean): SVGGElement {
  const { model } = scene;
  const [x, y] = scene.at.get(n) as [number, number];
  const status = model.status[n];
  const words = subtitle(model, n);
  const by = model.sides.get(n)?.by;
  return s(
    "g",
    {
      class: `node s-${status} e-${model.effect[n]}${isSelected ? " selected" : ""}`,
      transform: `translate(${x} ${y})`,
      "data-n": n,
      tabindex: -1,
      role: "img",
      "aria-label": [model.key[n], LABEL[status], by && BY[by], model.effect[n] && model.effectWords(n)].filter(Boolean).join(", "),
    },
    s("title", null, model.key[n]),
    s("rect", { class: "card", width: WIDTH, height: HEIGHT, rx: 8 }),
    s("path", { class: "mark", d: iconPath(status), transform: "translate(11 16)" }),
    s("text", { class: "name", x: 35, y: 21 }, fit(model.split(n)[0], NAME_FONT, WORDS)),
    s("text", { class: "sub", x: 35, y: 37 }, fit(words, SMALL_FONT, WORDS)),
    ...whose(scene, n),
  );
}

/** Whose change it is, on the edge of a card; that it is the branch's goes without saying. */
function whose(scene: Scene, n: number): SVGGElement[] {
  const by = scene.model.sides.get(n)?.by;
  const words = { conflict: "conflict", both: "both", alike: "alike", theirs: "theirs", yours: "" }[by ?? "yours"];
  if (!words) return [];
  const width = 10 + words.length * 6.2;
  return [s("g", { class: `whose s-${by}`, transform: `translate(${WIDTH - width - 10} -8)` }, s("rect", { width, height: 15, rx: 7.5 }), s("text", { x: width / 2, y: 11 }, words))];
}

export function stubsOf(scene: Scene, n: number, isSelected: boolean): SVGGElement[] {
  const [up, down] = scene.hidden(n, isSelected);
  const stub = (count: number, side: "up" | "down") => {
    const text = `+${count > 999 ? "999" : count}`;
    const width = 12 + text.length * 7;
    const x = side === "up" ? -width + 7 : WIDTH - 7;
    const label = `Show ${count} more ${side === "up" ? "upstream" : "downstream"}`;
    return s(
      "g",
      { class: "stub", "data-open": side, transform: `translate(${x} ${HEIGHT / 2 - 9})` },
      s("title", null, label),
      s("rect", { width, height: 18, rx: 9 }),
      s("text", { x: width / 2, y: 13 }, text),
    );
  };
  const stubs: SVGGElement[] = [];
  if (up) stubs.push(stub(up, "up"));
  if (down) stubs.push(stub(down, "down"));
  return stubs;
}

export function markers(): SVGDefsElement {
  const arrow = (state: string) =>
    s(
      "marker",
      { id: `arrow-${state}`, class: `arrow g-${state}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, markerUnits: "userSpaceOnUse", orient: "auto" },
      s("path", { d: "M0 .8 7.500 4 0 7.200Z" }),
    );
  return s("defs", null, ...EDGE.map(arrow));
}

const COPIED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "text-decoration"];

/** Returns the picture as a file of its own, with the colours that it has here. */
export function file(scene: Scene, place: Element, selected: number): string {
  const { x, y, width, height } = scene.bounds;
  const margin = 24;
  const svg = s("svg", {
    class: "graph export",
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `${x - margin} ${y - margin} ${width + 2 * margin} ${height + 2 * margin}`,
    width: width + 2 * margin,
    height: height + 2 * margin,
  });
  const paper = s("rect", { class: "paper", x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin });
  svg.append(markers(), paper, draw(scene, selected, false).root);
  // Styles are known only of what is part of the page.
  place.append(svg);
  const known = new Map<string, [string, string][]>();
  for (const element of svg.querySelectorAll("path, rect, text")) {
    const key = `${element.tagName} ${element.getAttribute("class")} ${element.parentElement?.getAttribute("class")}`;
    let values = known.get(key);
    if (!values) {
      const style = getComputedStyle(element);
      values = COPIED.map((name) => [name, style.getPropertyValue(name)] as [string, string]).filter(([, value]) => value && value !== "none 0px");
      known.set(key, values);
    }
    for (const [name, value] of values) element.setAttribute(name, value);
  }
  for (const element of svg.querySelectorAll("[tabindex], [role], [data-n]")) {
    for (const name of ["tabindex", "role", "data-n"]) element.removeAttribute(name);
  }
  const text = new XMLSerializer().serializeToString(svg);
  svg.remove();
  return text;
}
