// Where the picture is looked at from: dragging, the wheel, pinching.

import type { Camera } from "./canvas";
import { soon } from "./dom";
import type { Bounds } from "./scene";

const LEAST = 0.004;
const MOST = 2.5;

export class Eye {
  camera: Camera = { x: 0, y: 0, k: 1 };
  bounds: Bounds = { x: 0, y: 0, width: 1, height: 1 };
  /** What covers the right of the picture. */
  covered = () => 0;
  private readonly pointers = new Map<number, [number, number]>();
  /** Whether the pointer moved since it was pressed: then it is no click. */
  moved = false;
  private readonly tell: () => void;

  constructor(
    readonly element: HTMLElement,
    changed: () => void,
  ) {
    this.tell = soon(changed);
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"] as const) {
      element.addEventListener(type, (event) => {
        this.pointers.delete(event.pointerId);
        element.classList.toggle("dragging", false);
      });
    }
  }

  /** The size of what is looked through; kept, as asking for it makes a browser lay out the page at once. */
  size: [number, number] = [1, 1];

  measure(): void {
    this.size = [Math.max(1, this.element.clientWidth), Math.max(1, this.element.clientHeight)];
  }

  private place(event: MouseEvent): [number, number] {
    const { left, top } = this.element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  /** The place in the picture under a pointer. */
  under(event: MouseEvent): [number, number] {
    const [x, y] = this.place(event);
    const { camera } = this;
    return [(x - camera.x) / camera.k, (y - camera.y) / camera.k];
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const [x, y] = this.place(event);
    const scale = event.deltaMode === 1 ? 16 : 1;
    if (event.ctrlKey || event.metaKey || !event.shiftKey) this.zoomAt(x, y, Math.exp(-event.deltaY * scale * (event.ctrlKey ? 0.01 : 0.0015)));
    else this.pan(-event.deltaY * scale, 0);
  }

  private down(event: PointerEvent): void {
    if (event.button > 1 || (event.target as Element).closest("button, .minimap, details")) return;
    this.pointers.set(event.pointerId, this.place(event));
    this.moved = false;
  }

  private move(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.place(event);
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    if (!this.moved && Math.hypot(dx, dy) < 4) return;
    if (!this.moved) {
      this.moved = true;
      this.element.classList.add("dragging");
      this.element.setPointerCapture(event.pointerId);
    }
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const [was, is] = [before, now].map((place) => Math.hypot(place[0] - other[0], place[1] - other[1]));
      this.zoomAt((now[0] + other[0]) / 2, (now[1] + other[1]) / 2, is / Math.max(1, was));
    } else this.pan(dx, dy);
    this.pointers.set(event.pointerId, now);
  }

  pan(dx: number, dy: number): void {
    const { camera } = this;
    camera.x += dx;
    camera.y += dy;
    this.hold();
  }

  zoomAt(x: number, y: number, factor: number): void {
    const { camera } = this;
    const k = Math.min(MOST, Math.max(LEAST, camera.k * factor));
    camera.x = x - ((x - camera.x) / camera.k) * k;
    camera.y = y - ((y - camera.y) / camera.k) * k;
    camera.k = k;
    this.hold();
  }

  zoom(factor: number): void {
    const [width, height] = this.size;
    this.zoomAt((width - this.covered()) / 2, height / 2, factor);
  }

  /** Keeps some of the picture in sight. */
  private hold(): void {
    const { camera, bounds } = this;
    const [width, height] = this.size;
    const inside = (offset: number, start: number, length: number, room: number) =>
      Math.min(room - 60 - start * camera.k, Math.max(60 - (start + length) * camera.k, offset));
    camera.x = inside(camera.x, bounds.x, bounds.width, width);
    camera.y = inside(camera.y, bounds.y, bounds.height, height);
    this.tell();
  }

  /** Brings all into sight, or as much as can be read. */
  fit(least = 0): void {
    const { bounds } = this;
    const [fullWidth, height] = this.size;
    const width = fullWidth - this.covered();
    // Above stand words and tools.
    const [margin, above] = [28, 56];
    const whole = Math.min((width - 2 * margin) / bounds.width, (height - above - margin) / bounds.height);
    const k = Math.min(1.1, Math.max(whole, least, LEAST));
    const middle = (start: number, length: number, room: number, first: number) =>
      (length * k <= room - first - margin ? first + (room - first - margin - length * k) / 2 : first) - start * k;
    this.camera = { k, x: middle(bounds.x, bounds.width, width, margin), y: middle(bounds.y, bounds.height, height, above) };
    this.tell();
  }

  /** Brings a place into the middle. */
  center(x: number, y: number): void {
    const { camera } = this;
    const [width, height] = this.size;
    camera.k = Math.max(camera.k, 0.7);
    camera.x = (width - this.covered()) / 2 - x * camera.k;
    camera.y = height / 2 - y * camera.k;
    this.hold();
  }

  /** Brings a rectangle into sight if it is not. */
  reveal(x: number, y: number, width: number, height: number): void {
    const { camera } = this;
    const [fullWidth, room] = this.size;
    const shown = fullWidth - this.covered();
    const [left, top] = [x * camera.k + camera.x, y * camera.k + camera.y];
    const isIn = left >= 0 && top >= 0 && left + width * camera.k <= shown && top + height * camera.k <= room;
    if (!isIn || camera.k < 0.45) this.center(x + width / 2, y + height / 2);
  }
}
