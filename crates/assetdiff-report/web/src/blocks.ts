// What changed, old beside new.

import { h, number, plural } from "./dom";
import type { Aspect, Block, Change, ColumnRow, Pieces, Timeline } from "./model";

/** A text of which every second piece differs from the other side. */
export function marked(pieces: Pieces, tag: "ins" | "del"): HTMLElement[] {
  return pieces.filter(Boolean).length
    ? pieces.map((text, at) => (at % 2 ? h(tag, null, text) : h("span", null, text))).filter((node) => node.textContent)
    : [];
}

const SIGNS: Record<string, [string, string]> = {
  "+": ["added", "+"],
  "-": ["removed", "−"],
  "~": ["changed", "~"],
  ">": ["renamed", "→"],
};

function line(block: Extract<Block, { as: "line" }>, side: Change["side"], subject = block.subject): HTMLElement {
  const [word, sign] = SIGNS[block.sign] ?? ["", ""];
  const { note } = block;
  // Of an asset that came or went, only one side is worth showing.
  const old = side === "added" ? undefined : block.old;
  const now = side === "removed" ? undefined : block.new;
  const values: HTMLElement[] = [];
  if (old) values.push(h("div", { class: "old" }, h("i", { class: "side", "aria-label": "before" }, "−"), h("span", { class: "value" }, ...marked(old, "del"))));
  if (now) values.push(h("div", { class: "new" }, h("i", { class: "side", "aria-label": "after" }, "+"), h("span", { class: "value" }, ...marked(now, "ins"))));
  const head = subject || note || word;
  return h(
    "div",
    { class: `fact ${side ? "whole" : ""}` },
    head &&
      h(
        "div",
        { class: "subject" },
        sign && !side && h("i", { class: `sign ${word}`, role: "img", "aria-label": word }, sign),
        subject && h("code", null, subject),
        note && h("span", { class: "note" }, note),
      ),
    ...values,
  );
}

function text(block: Extract<Block, { as: "text" }>): HTMLElement {
  const rows = block.lines.map(([sign, old, now, pieces]) => {
    if (sign === "@" || sign === "") {
      const words = sign === "@" ? (old === 1 && now === 1 ? "" : `line ${old === now ? old : `${old} → ${now}`}`) : pieces[0];
      return h("tr", { class: "hunk" }, h("td", { colspan: 4 }, words));
    }
    const kind = sign === "+" ? "added" : sign === "-" ? "removed" : "";
    const content = kind ? marked(pieces, sign === "+" ? "ins" : "del") : [h("span", null, pieces[0] ?? "")];
    const label = kind ? h("span", { "aria-label": kind, role: "img" }, sign === "-" ? "−" : "+") : "";
    return h("tr", { class: kind }, h("td", { class: "no" }, old || ""), h("td", { class: "no" }, now || ""), h("td", { class: "sg" }, label), h("td", { class: "tx" }, ...content));
  });
  return h(
    "div",
    { class: "diff" },
    block.subject && h("div", { class: "subject" }, h("code", null, block.subject)),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${block.subject || "text"}, compared` }, h("table", { class: "code" }, h("tbody", null, ...rows))),
    block.more > 0 && h("p", { class: "more" }, `… ${plural(block.more, "more line", "more lines")}`),
  );
}

function columns(block: Extract<Block, { as: "columns" }>, side: Change["side"]): HTMLElement {
  const row = (row: ColumnRow): HTMLElement[] => {
    const [word, sign] = SIGNS[row.sign] ?? ["same", ""];
    const notes = (row.notes ?? []).map((note) => h("p", null, note.trim()));
    const cell = (value: string | null) => h("td", null, value ?? "");
    const kinds = side === "added" ? [cell(row.new)] : side === "removed" ? [cell(row.old)] : [cell(row.old), cell(row.new)];
    const differs = !side && row.sign === "~" && row.old !== row.new;
    const kind = side ? "" : `${word}${differs ? " retyped" : ""}`;
    const main = h(
      "tr",
      { class: kind },
      h("td", { class: "sg" }, side ? "" : sign && h("span", { role: "img", "aria-label": word }, sign)),
      h("th", { scope: "row" }, row.name),
      ...kinds,
    );
    if (!notes.length) return [main];
    return [main, h("tr", { class: `notes ${word === "changed" ? "" : kind}` }, h("td", null), h("td", { colspan: side ? 2 : 3 }, ...notes))];
  };
  const same = side ? [] : block.rows.filter((row) => row.sign === "");
  const others = side ? block.rows : block.rows.filter((row) => row.sign !== "");
  const heads = side ? ["", "Column", "Type"] : ["", "Column", "Before", "After"];
  const table = (rows: ColumnRow[], label: string) =>
    h("table", { class: "columns", "aria-label": label }, h("thead", null, h("tr", null, ...heads.map((head) => (head ? h("th", { scope: "col" }, head) : h("td", null))))), h("tbody", null, ...rows.flatMap(row)));
  return h(
    "div",
    { class: "block" },
    others.length > 0 && table(others, "Columns that differ"),
    same.length > 0 && h("details", null, h("summary", null, plural(same.length, "equal column", "equal columns")), table(same, "Equal columns")),
    block.more > 0 && h("p", { class: "more" }, `… ${plural(block.more, "more column", "more columns")}`),
  );
}

interface Tree {
  children: Map<string, Tree>;
  block?: Extract<Block, { as: "line" }>;
}

/** Lines about places in JSON values (`name#/a/b`), as a tree of their names. */
function tree(lines: Extract<Block, { as: "line" }>[], side: Change["side"]): HTMLElement[] {
  const root: Tree = { children: new Map() };
  for (const block of lines) {
    const cut = block.subject.indexOf("#/");
    const names = [block.subject.slice(0, cut), ...block.subject.slice(cut + 2).split("/")];
    let at = root;
    for (const name of names.map((name) => name.replace(/~1/g, "/").replace(/~0/g, "~"))) {
      let next = at.children.get(name);
      if (!next) at.children.set(name, (next = { children: new Map() }));
      at = next;
    }
    at.block = block;
  }
  // A place is at most 128 deep: the engine reads no deeper JSON.
  const show = (node: Tree, name: string): HTMLElement => {
    let label = name;
    while (node.children.size === 1 && !node.block) {
      const [[next, child]] = node.children;
      label += ` › ${next}`;
      node = child;
    }
    const inner = [...node.children].map(([name, child]) => show(child, name));
    if (node.block) return h("li", null, line(node.block, side, label), ...inner);
    return h("li", null, h("code", { class: "branch" }, label), h("ul", null, ...inner));
  };
  return [h("ul", { class: "tree" }, ...[...root.children].map(([name, child]) => show(child, name)))];
}

function blocks(list: Block[], side: Change["side"]): HTMLElement[] {
  const shown: HTMLElement[] = [];
  const places: Extract<Block, { as: "line" }>[] = [];
  const flush = () => places.length && shown.push(...tree(places.splice(0), side));
  for (const block of list) {
    if (block.as === "line" && block.subject.includes("#/")) {
      places.push(block);
      continue;
    }
    flush();
    if (block.as === "line") shown.push(line(block, side));
    else if (block.as === "text") shown.push(text(block));
    else shown.push(columns(block, side));
  }
  flush();
  return shown;
}

export function aspect(aspect: Aspect, side: Change["side"], extra: HTMLElement | null): HTMLElement {
  return h(
    "details",
    { class: "aspect", open: true },
    h(
      "summary",
      null,
      h("span", { class: "title" }, aspect.name.replace(/_/g, " ")),
      !side && h("span", { class: aspect.cause ? "effect cause" : "effect" }, aspect.effect),
    ),
    extra,
    ...blocks(aspect.blocks, side),
    aspect.more && h("p", { class: "more" }, aspect.more),
  );
}

const PIECE: Record<string, string> = { rebuild: "to rebuild", kept: "kept", added: "added", removed: "removed" };

/** Partitions in their order as a line of pieces, each as long as it has partitions. */
export function timeline(timeline: Timeline): HTMLElement {
  const total = timeline.pieces.reduce((sum, piece) => sum + piece[1], 0);
  const bar = h("div", { class: "timeline", role: "img", "aria-label": timeline.words });
  for (const [what, count, first, last] of timeline.pieces) {
    const range = first === last ? first : `${first} – ${last}`;
    const piece = h("span", { class: `p-${what}`, title: `${range}: ${number(count)} ${PIECE[what]}` });
    piece.style.flexGrow = String(Math.max(count / total, 0.006));
    bar.append(piece);
  }
  const listed = timeline.pieces.filter(([what]) => what !== "kept");
  const list = listed.slice(0, 12).map(([what, count, first, last]) =>
    h(
      "li",
      { class: `p-${what}` },
      h("i", { class: `key p-${what}`, "aria-hidden": "true" }),
      h("code", null, first === last ? first : `${first} – ${last}`),
      h("span", null, `${number(count)} ${PIECE[what]}`),
    ),
  );
  const first = timeline.pieces[0];
  const last = timeline.pieces[timeline.pieces.length - 1];
  const more = timeline.more + Math.max(0, listed.length - 12);
  return h(
    "div",
    { class: "partitions" },
    h("p", null, timeline.words),
    total > 0 && bar,
    total > 0 && h("div", { class: "ends", "aria-hidden": "true" }, h("span", null, first[2]), h("span", null, last[3])),
    listed.length > 0 && h("ul", null, ...list),
    more > 0 && h("p", { class: "more" }, `… ${plural(more, "more range", "more ranges")}`),
  );
}
