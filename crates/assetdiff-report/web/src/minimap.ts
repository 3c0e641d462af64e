// The whole picture, small, with what is in sight.

import { h } from "./dom";
import type { Eye } from "./camera";
import { HEIGHT, type Scene, WIDTH } from "./scene";

const ROOM = [168, 112];

export class Minimap {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly frame = h("div", { class: "frame" });
  private scale = 1;

  constructor(private readonly eye: Eye) {
    this.element = h("div", { class: "minimap", "aria-hidden": "true" }, this.canvas, this.frame);
    let isDown = false;
    this.element.addEventListener("pointerdown", (event) => {
      isDown = true;
      this.element.setPointerCapture(event.pointerId);
      this.jump(event);
    });
    this.element.addEventListener("pointermove", (event) => isDown && this.jump(event));
    this.element.addEventListener("pointerup", () => (isDown = false));
  }

  private jump(event: PointerEvent): void {
    const { left, top } = this.canvas.getBoundingClientRect();
    const { bounds, camera } = this.eye;
    const [width, height] = this.eye.size;
    const x = (event.clientX - left) / this.scale + bounds.x;
    const y = (event.clientY - top) / this.scale + bounds.y;
    this.eye.pan(width / 2 - x * camera.k - camera.x, height / 2 - y * camera.k - camera.y);
  }

  paint(scene: Scene, colors: Record<string, string>): void {
    const { bounds } = scene;
    this.scale = Math.min(ROOM[0] / bounds.width, ROOM[1] / bounds.height);
    const [width, height] = [Math.max(8, bounds.width * this.scale), Math.max(8, bounds.height * this.scale)];
    const ratio = 2;
    [this.canvas.width, this.canvas.height] = [Math.ceil(width * ratio), Math.ceil(height * ratio)];
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.scale(ratio, ratio);
    const plain = (n: number) => Number(scene.model.isTold(n));
    for (const n of [...scene.nodes].sort((a, b) => plain(a) - plain(b))) {
      const [x, y] = scene.at.get(n) as [number, number];
      context.fillStyle = scene.model.isTold(n) ? colors[scene.model.status[n]] : colors.line;
      context.fillRect((x - bounds.x) * this.scale, (y - bounds.y) * this.scale, Math.max(1, WIDTH * this.scale), Math.max(1, HEIGHT * this.scale));
    }
  }

  /** Moves the frame to what is in sight; where that is all, the map says nothing. */
  look(): void {
    const { camera, bounds } = this.eye;
    const [width, height] = this.eye.size;
    const [x, y] = [-camera.x / camera.k, -camera.y / camera.k];
    const isAll = x <= bounds.x && y <= bounds.y && x + width / camera.k >= bounds.x + bounds.width && y + height / camera.k >= bounds.y + bounds.height;
    this.element.hidden = isAll;
    const { style } = this.frame;
    const [mapWidth, mapHeight] = [bounds.width * this.scale, bounds.height * this.scale];
    const left = Math.max(0, (x - bounds.x) * this.scale);
    const top = Math.max(0, (y - bounds.y) * this.scale);
    style.left = `${left}px`;
    style.top = `${top}px`;
    style.width = `${Math.max(4, Math.min(mapWidth, (x - bounds.x + width / camera.k) * this.scale) - left)}px`;
    style.height = `${Math.max(4, Math.min(mapHeight, (y - bounds.y + height / camera.k) * this.scale) - top)}px`;
  }
}
