// The picture of the graph: what is drawn, and what can be done with it.

import { type Camera, Painter, pixels, theme } from "./canvas";
import { Eye } from "./camera";
import { button, h, icon, plural, s, soon } from "./dom";
import { Minimap } from "./minimap";
import { LABEL, type Model, type StatusName } from "./model";
import { place } from "./place";
import { HEIGHT, Scene, WIDTH } from "./scene";
import type { State } from "./state";
import { type Drawn, draw, file, markers, stubsOf } from "./svg";

/** More elements than this are too slow for a browser. */
const MOST_ELEMENTS = 500;
/** How many assets a stub opens at once. */
const OPENED = 12;

export class Graph {
  readonly element: HTMLElement;
  scene: Scene;
  private readonly eye: Eye;
  private readonly svg: SVGSVGElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly minimap: Minimap;
  private readonly message: HTMLElement;
  private readonly announced: HTMLElement;
  private drawn: Drawn | null = null;
  private painter: Painter | null = null;
  private colors = theme();
  private matches: Uint8Array | null = null;
  private current = -1;
  private fitted: [number, number] = [0, 0];

  constructor(
    private readonly model: Model,
    private readonly state: State,
  ) {
    this.svg = s("svg", { class: "graph", role: "group", "aria-label": "Graph of assets" }, markers());
    this.canvas = h("canvas", { class: "graph", role: "img", "aria-label": "Graph of assets" });
    this.message = h("p", { class: "message", role: "status" });
    this.announced = h("p", { class: "unseen", "aria-live": "polite" });
    const stage = h("div", { class: "stage", tabindex: 0, role: "application", "aria-label": "Graph of assets: arrow keys go along it, Enter opens an asset, plus and minus zoom, 0 shows all" });
    this.eye = new Eye(stage, () => this.look());
    this.minimap = new Minimap(this.eye);
    stage.append(this.canvas, this.svg, this.message, this.announced, this.minimap.element, this.tools());
    this.element = stage;
    this.scene = new Scene(model, [], [], new Map());
    stage.addEventListener("click", (event) => this.click(event));
    stage.addEventListener("dblclick", (event) => {
      if (!(event.target as Element).closest("button, .node")) this.eye.zoomAt(event.offsetX, event.offsetY, 1.6);
    });
    stage.addEventListener("keydown", (event) => this.key(event));
    stage.addEventListener("pointermove", (event) => this.hover(event));
    new ResizeObserver(soon(() => this.resized())).observe(stage);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.colors = theme();
      this.minimap.paint(this.scene, this.colors);
      this.look();
    });
    addEventListener("beforeprint", () => this.printed(true));
    addEventListener("afterprint", () => this.printed(false));
  }

  private tools(): HTMLElement {
    const menu = h(
      "details",
      { class: "menu" },
      h("summary", { class: "tool", title: "Save the picture", "aria-label": "Save the picture" }, icon("save")),
      h("div", { class: "items" }, h("button", { type: "button", onclick: () => this.save("svg") }, "As SVG"), h("button", { type: "button", onclick: () => this.save("png") }, "As PNG")),
    );
    menu.addEventListener("click", (event) => {
      if ((event.target as Element).closest(".items button")) menu.open = false;
    });
    return h(
      "div",
      { class: "tools", role: "toolbar", "aria-label": "Picture" },
      legend(this.model),
      button("Zoom in (+)", "in", () => this.eye.zoom(1.4)),
      button("Zoom out (−)", "out", () => this.eye.zoom(1 / 1.4)),
      button("Show all (0)", "fit", () => this.eye.fit()),
      menu,
    );
  }

  /** What covers the right of the picture is not to be drawn under. */
  set covered(width: () => number) {
    this.eye.covered = width;
  }

  /** Draws a part of the graph. */
  show(scene: Scene, message = ""): void {
    this.scene = scene;
    this.message.textContent = scene.nodes.length ? message : message || "No asset to show here.";
    this.message.classList.toggle("empty", scene.nodes.length === 0);
    this.eye.bounds = scene.bounds;
    this.current = -1;
    this.render();
    this.fit();
  }

  private fit(): void {
    if (this.eye.size[0] === 1) this.eye.measure();
    this.fitted = this.eye.size;
    // What cannot be read is not worth seeing whole, but for an overview of very much.
    this.eye.fit(this.scene.nodes.length > MOST_ELEMENTS ? 0.012 : 0.62);
    const { asset } = this.state;
    if (this.scene.has(asset)) this.reveal(asset);
  }

  private render(): void {
    const { scene, state } = this;
    const isLarge = scene.nodes.length > MOST_ELEMENTS;
    this.drawn?.root.remove();
    this.drawn = isLarge ? null : draw(scene, state.asset, true);
    this.painter = isLarge ? new Painter(scene) : null;
    if (this.drawn) this.svg.append(this.drawn.root);
    this.svg.toggleAttribute("hidden", isLarge);
    this.canvas.hidden = !isLarge;
    this.svg.setAttribute("aria-label", `Graph of ${plural(scene.nodes.length, "asset", "assets")}`);
    this.canvas.setAttribute("aria-label", `Graph of ${plural(scene.nodes.length, "asset", "assets")}`);
    this.minimap.paint(scene, this.colors);
    this.mark();
    this.look();
  }

  private resized(): void {
    if (!this.element.clientWidth) return;
    this.eye.measure();
    const [width, height] = this.eye.size;
    if (Math.abs(width - this.fitted[0]) + Math.abs(height - this.fitted[1]) > 40) this.fit();
    this.look();
  }

  private look(): void {
    const { camera } = this.eye;
    if (this.drawn) this.drawn.root.setAttribute("transform", `translate(${camera.x} ${camera.y}) scale(${camera.k})`);
    if (this.painter) this.repaint(camera);
    this.minimap.look();
  }

  private repaint(camera: Camera): void {
    const [width, height] = this.eye.size;
    const ratio = Math.min(2, devicePixelRatio || 1);
    const { canvas } = this;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    }
    const context = canvas.getContext("2d");
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.painter?.paint(context, camera, width, height, this.colors, this.current >= 0 ? this.current : this.state.asset, this.matches);
  }

  /** Pales what a filter leaves out. */
  filter(matches: Uint8Array | null): void {
    this.matches = matches;
    this.mark();
    this.look();
  }

  /** Marks the asset that is looked at, and by which way changes reach it. */
  select(): void {
    const { asset } = this.state;
    this.mark();
    if (this.scene.has(asset)) {
      this.current = asset;
      this.reveal(asset);
    }
    this.look();
  }

  private mark(): void {
    const { drawn, scene, model, state } = this;
    if (!drawn) return;
    const { asset } = state;
    const onPath = new Set<string>();
    for (const path of model.reached.get(asset)?.paths ?? []) {
      for (let at = 1; at < path.length; at++) onPath.add(`${path[at - 1]} ${path[at]}`);
    }
    for (const edge of scene.edges) {
      const path = drawn.edges.get(edge.e) as SVGPathElement;
      path.classList.toggle("near", edge.from === asset || edge.to === asset);
      path.classList.toggle("way", onPath.has(`${edge.from} ${edge.to}`));
    }
    drawn.root.classList.toggle("picked", scene.has(asset));
    for (const [n, card] of drawn.nodes) {
      const isSelected = n === asset;
      const was = card.classList.contains("selected");
      card.classList.toggle("selected", isSelected);
      card.classList.toggle("pale", this.matches !== null && !this.matches[n]);
      if (was || isSelected) {
        for (const stub of card.querySelectorAll(".stub")) stub.remove();
        card.append(...stubsOf(scene, n, isSelected));
      }
    }
  }

  private reveal(n: number): void {
    const [x, y] = this.scene.at.get(n) as [number, number];
    this.eye.reveal(x - 20, y - 20, WIDTH + 40, HEIGHT + 40);
  }

  private hover(event: PointerEvent): void {
    if (this.painter) {
      const [x, y] = this.eye.under(event);
      const n = this.painter.hit(x, y);
      this.canvas.title = n >= 0 ? `${this.model.key[n]}\n${LABEL[this.model.status[n]]}` : "";
      this.canvas.style.cursor = n >= 0 ? "pointer" : "";
    }
  }

  private click(event: MouseEvent): void {
    if (this.eye.moved) {
      this.eye.moved = false;
      return;
    }
    const target = event.target as Element;
    if (target.closest(".tools, .minimap")) return;
    const card = target.closest(".node") as SVGGElement | null;
    const open = target.closest(".stub") as SVGGElement | null;
    if (card && open) return this.open(Number(card.dataset.n), open.dataset.open === "up");
    let n = card ? Number(card.dataset.n) : -1;
    if (this.painter) n = this.painter.hit(...this.eye.under(event));
    if (n >= 0) {
      this.current = n;
      this.state.set({ asset: n });
    }
  }

  /** Adds what is next to an asset to the picture. */
  open(n: number, up: boolean): void {
    const { scene, model } = this;
    const next = [...new Set(up ? model.up(n) : model.down(n))].filter((other) => !scene.has(other));
    next.sort((a, b) => Number(model.isTold(b)) - Number(model.isTold(a)) || model.distance[a] - model.distance[b] || a - b);
    const counted = scene.hidden(n, n === this.state.asset)[up ? 0 : 1];
    const added = next.slice(0, Math.min(OPENED, Math.max(1, counted)));
    if (!added.length) return;
    const nodes = [...scene.nodes, ...added].sort((a, b) => a - b);
    const [oldX, oldY] = scene.at.get(n) as [number, number];
    this.scene = place(model, nodes, scene);
    this.eye.bounds = this.scene.bounds;
    // What was clicked stays under the pointer.
    const [x, y] = this.scene.at.get(n) as [number, number];
    const { camera } = this.eye;
    camera.x += (oldX - x) * camera.k;
    camera.y += (oldY - y) * camera.k;
    this.render();
    // How much of all is shown is another number now.
    if (scene.nodes.length) this.message.textContent = "";
    this.announced.textContent = `${plural(added.length, "asset", "assets")} added to the graph`;
  }

  private key(event: KeyboardEvent): void {
    if ((event.target as Element).closest("button, summary")) return;
    const { current, eye } = this;
    switch (event.key) {
      case "+":
      case "=":
        eye.zoom(1.4);
        break;
      case "-":
        eye.zoom(1 / 1.4);
        break;
      case "0":
        eye.fit();
        break;
      case "Enter":
      case " ":
        if (current >= 0) this.state.set({ asset: current });
        break;
      case "o":
        if (current >= 0) {
          const n = current;
          const [up, down] = this.scene.hidden(n, true);
          if (down) this.open(n, false);
          else if (up) this.open(n, true);
          this.go(n);
        }
        break;
      case "ArrowLeft":
      case "ArrowRight":
      case "ArrowUp":
      case "ArrowDown":
        this.go(this.neighbour(event.key));
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** The asset next to the current one in a direction: along an edge to the sides, in the column up and down. */
  private neighbour(key: string): number {
    const { scene, model, state } = this;
    const from = scene.has(this.current) ? this.current : state.asset;
    if (!scene.has(from)) return scene.nodes.find((n) => model.isTold(n)) ?? scene.nodes[0] ?? -1;
    const [x, y] = scene.at.get(from) as [number, number];
    const isAlong = key === "ArrowLeft" || key === "ArrowRight";
    const candidates = isAlong ? (key === "ArrowLeft" ? model.up(from) : model.down(from)).filter((n) => scene.has(n) && n !== from) : scene.nodes;
    let best = -1;
    let least = Infinity;
    for (const n of candidates) {
      const [nx, ny] = scene.at.get(n) as [number, number];
      const [dx, dy] = [Math.abs(nx - x), ny - y];
      if (!isAlong && (key === "ArrowUp" ? dy >= 0 : dy <= 0)) continue;
      const far = isAlong ? Math.abs(dy) + dx / 8 : Math.abs(dy) + dx * 4;
      if (far < least) [best, least] = [n, far];
    }
    return best < 0 ? from : best;
  }

  private go(n: number): void {
    if (n < 0) return;
    this.current = n;
    const card = this.drawn?.nodes.get(n);
    for (const other of this.drawn?.root.querySelectorAll(".current") ?? []) other.classList.remove("current");
    card?.classList.add("current");
    this.announced.textContent = `${this.model.key[n]}, ${LABEL[this.model.status[n]]}${this.model.effect[n] ? `, ${this.model.effectWords(n)}` : ""}`;
    this.reveal(n);
    this.look();
  }

  private save(kind: "svg" | "png"): void {
    const download = (blob: Blob | null) => {
      if (!blob) return;
      const link = h("a", { href: URL.createObjectURL(blob), download: `assets.${kind}` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    };
    if (kind === "svg") download(new Blob([file(this.scene, this.element, this.state.asset)], { type: "image/svg+xml" }));
    else pixels(this.scene).toBlob(download, "image/png");
  }

  /** On paper the whole picture is shown. */
  private printed(is: boolean): void {
    const { x, y, width, height } = this.scene.bounds;
    if (is && this.drawn) {
      this.svg.setAttribute("viewBox", `${x - 10} ${y - 10} ${width + 20} ${height + 20}`);
      this.drawn.root.removeAttribute("transform");
    } else {
      this.svg.removeAttribute("viewBox");
      this.look();
    }
  }
}

function legend(model: Model): HTMLElement {
  const used = new Set(model.status);
  const names: StatusName[] = ["new", "changed", "renamed", "moved", "removed", "following", "theirs", "affected", "same", "undefined"];
  const entries = names.filter((name) => used.has(name)).map((name) => h("li", { class: `s-${name}` }, icon(name), LABEL[name]));
  const states = new Set(model.edgeState);
  const edge = (state: string, label: string) =>
    h("li", null, s("svg", { class: "line", viewBox: "0 0 24 8", "aria-hidden": "true" }, s("path", { class: `edge g-${state}`, d: "M1 4H23" })), label);
  const edges = [states.has(1) && edge("added", "Dependency added"), states.has(2) && edge("removed", "Dependency removed"), states.has(3) && edge("mapping", "Mapping changed"), states.has(4) && edge("theirs", "Dependency changed in base")];
  return h("details", { class: "menu legend" }, h("summary", null, "Legend"), h("ul", { class: "items" }, ...entries, ...edges));
}
