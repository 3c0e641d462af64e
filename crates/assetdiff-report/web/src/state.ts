// What is looked at. The address of the page says the same, so that a link leads back to it.

import type { Model } from "./model";

export type ViewName = "focus" | "changed" | "affected" | "removed" | "all" | "groups" | "group" | "matches" | "around";

export class State {
  /** The asset whose panel is open, or -1. */
  asset = -1;
  /** Whether the panel tells of the whole plan. */
  plan = false;
  filter = "";
  /** Which sorts of assets the table lists; all that changed or are affected if empty. */
  show = new Set<string>();
  unchanged = false;
  view: ViewName = "focus";
  /** What the overview is of, and the one that is opened. */
  by = "group";
  group = "";
  private listeners: ((what: Set<string>) => void)[] = [];

  constructor(private readonly model: Model) {
    this.read();
    window.addEventListener("hashchange", () => {
      this.read();
      this.tell(new Set(["asset", "filter", "show", "view"]));
    });
  }

  listen(listener: (what: Set<string>) => void): void {
    this.listeners.push(listener);
  }

  private tell(what: Set<string>): void {
    for (const listener of this.listeners) listener(what);
  }

  private read(): void {
    const words = new URLSearchParams(location.hash.slice(1));
    this.asset = this.model.find(words.get("asset") ?? "");
    this.plan = this.asset < 0 && words.has("plan");
    this.filter = words.get("filter") ?? "";
    this.show = new Set((words.get("show") ?? "").split(",").filter(Boolean));
    this.unchanged = words.has("unchanged");
    this.by = words.get("by") ?? "group";
    this.group = words.get("group") ?? "";
    this.view = (words.get("view") as ViewName) ?? (words.has("group") ? "group" : "focus");
  }

  hash(): string {
    const words = new URLSearchParams();
    if (this.asset >= 0) words.set("asset", this.model.key[this.asset]);
    if (this.plan) words.set("plan", "1");
    if (this.filter) words.set("filter", this.filter);
    if (this.show.size) words.set("show", [...this.show].join(","));
    if (this.unchanged) words.set("unchanged", "1");
    if (this.view !== "focus") words.set("view", this.view);
    if (this.by !== "group") words.set("by", this.by);
    if (this.group && this.view === "group") words.set("group", this.group);
    const text = words.toString();
    return text ? `#${text}` : "#";
  }

  set(change: Partial<Pick<State, "asset" | "plan" | "filter" | "show" | "unchanged" | "view" | "by" | "group">>): void {
    Object.assign(this, change);
    if ("asset" in change && this.asset >= 0) this.plan = false;
    if (change.plan) this.asset = -1;
    const what = new Set(Object.keys(change));
    if (what.has("plan")) what.add("asset");
    if (what.has("unchanged")) what.add("show");
    if (what.has("group") || what.has("by")) what.add("view");
    // Typing must not fill the history.
    const isSmall = what.has("filter") || what.has("by");
    try {
      if (isSmall) history.replaceState(null, "", this.hash());
      else if (location.hash !== this.hash()) history.pushState(null, "", this.hash());
    } catch {
      // In a frame without an address of its own there is no history.
    }
    this.tell(what);
  }
}
