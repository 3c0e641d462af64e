// The simple forms of the selection language: attributes, and, or, not, parentheses, +. A plain word is any part of a
// key.

import type { Model } from "./model";

export class SelectionError extends Error {}

type Test = (n: number) => boolean;
type Node =
  | { is: "test"; test: Test }
  | { is: "and" | "or"; left: Node; right: Node }
  | { is: "not"; inner: Node }
  | { is: "walk"; inner: Node; up: number; down: number };

interface Token {
  kind: "(" | ")" | "+" | "word" | "end";
  text: string;
  quoted: boolean;
  at: number;
  /** Whether a space stands before it. */
  apart: boolean;
}

const MAX_DEPTH = 200;

function tokens(text: string): Token[] {
  const list: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    while (at < text.length && /\s/.test(text[at])) at++;
    if (at >= text.length) break;
    const apart = at > start;
    const c = text[at];
    if (c === "(" || c === ")" || c === "+") {
      list.push({ kind: c, text: c, quoted: false, at, apart });
      at++;
      continue;
    }
    const first = at;
    let word = "";
    let quoted = false;
    while (at < text.length && !/[\s()+]/.test(text[at])) {
      if (text[at] === '"') {
        const end = text.indexOf('"', at + 1);
        if (end < 0) throw new SelectionError("expected a closing quote");
        word += text.slice(at + 1, end);
        quoted = true;
        at = end + 1;
      } else {
        word += text[at];
        at++;
      }
    }
    list.push({ kind: "word", text: word, quoted, at: first, apart });
  }
  list.push({ kind: "end", text: "", quoted: false, at: text.length, apart: true });
  return list;
}

/** Whether a text is one that a pattern with `*` stands for; in time that grows with both lengths only. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  if (parts.length === 1) return pattern === text;
  const last = parts.pop() as string;
  const first = parts.shift() as string;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

const ATTRIBUTES: Record<string, (model: Model, value: string) => Test> = {
  key: (model, value) => (n) => matches(value, model.key[n]),
  name: (model, value) => (n) => matches(value, model.split(n)[0]),
  group: (model, value) => (n) => matches(value, model.group(n)),
  code_location: (model, value) => (n) => matches(value, model.location(n)),
  owner: (model, value) => (n) => model.owners(n).some((owner) => matches(value, owner)),
  kind: (model, value) => (n) => model.kinds(n).some((kind) => matches(value, kind)),
  tag: (model, value) => (n) => model.tags(n).some((tag) => matches(value, tag) || tag.startsWith(`${value}=`)),
  is: (model, value) => (n) => model.type(n) === value,
  changed_in_branch: (model, value) => (n) => {
    const wanted = value.toUpperCase();
    const branch = (model.changes.get(n) ?? []).flatMap((change) => change.branch);
    return wanted === "ANY" ? branch.length > 0 : branch.includes(wanted);
  },
  changed: (model, value) => (n) => {
    const kinds = (model.changes.get(n) ?? []).flatMap((change) => change.kinds);
    return value === "any" ? kinds.length > 0 : kinds.includes(value);
  },
  affected: (model, value) => (n) => {
    const effect = model.effect[n];
    switch (value) {
      case "direct":
        return effect > 0 && model.distance[n] === 0;
      case "indirect":
        return effect > 0 && model.distance[n] > 0;
      case "recheck":
        return effect === 1;
      case "rebuild":
        return effect === 2;
      default:
        return effect > 0;
    }
  },
  distance: (model, value) => (n) => model.distance[n] >= 0 && model.distance[n] <= Number(value),
  by: (model, value) => (n) => model.sides.get(n)?.by === value,
};

class Parser {
  private at = 0;
  private readonly tokens: Token[];

  constructor(
    text: string,
    private readonly model: Model,
  ) {
    this.tokens = tokens(text);
  }

  private peek(): Token {
    return this.tokens[this.at];
  }

  private keyword(): string {
    const { kind, text, quoted } = this.peek();
    const word = text.toLowerCase();
    return kind === "word" && !quoted && (word === "and" || word === "or" || word === "not") ? word : "";
  }

  whole(): Node {
    const node = this.or(0);
    if (this.peek().kind !== "end") throw new SelectionError(`unexpected "${this.peek().text}"`);
    return node;
  }

  private or(depth: number): Node {
    if (depth > MAX_DEPTH) throw new SelectionError("too deeply nested");
    let left = this.and(depth);
    while (this.keyword() === "or") {
      this.at++;
      left = { is: "or", left, right: this.and(depth) };
    }
    return left;
  }

  /** Words that follow each other count as joined by `and`. */
  private and(depth: number): Node {
    let left = this.not(depth);
    for (;;) {
      if (this.keyword() === "and") this.at++;
      else if (this.keyword() === "or" || this.peek().kind === "end" || this.peek().kind === ")") return left;
      left = { is: "and", left, right: this.not(depth) };
    }
  }

  private not(depth: number): Node {
    if (depth > MAX_DEPTH) throw new SelectionError("too deeply nested");
    if (this.keyword() === "not") {
      this.at++;
      return { is: "not", inner: this.not(depth + 1) };
    }
    return this.walk(depth);
  }

  private walk(depth: number): Node {
    let up = 0;
    const [first, second] = [this.peek(), this.tokens[this.at + 1]];
    if (first.kind === "+") {
      this.at++;
      up = Infinity;
    } else if (first.kind === "word" && !first.quoted && /^\d+$/.test(first.text) && second?.kind === "+" && !second.apart) {
      this.at += 2;
      up = Number(first.text);
    }
    let inner = this.atom(depth);
    let down = 0;
    if (this.peek().kind === "+" && !this.peek().apart) {
      this.at++;
      down = Infinity;
      const { kind, text, apart, quoted } = this.peek();
      if (kind === "word" && !apart && !quoted && /^\d+$/.test(text)) {
        this.at++;
        down = Number(text);
      }
    }
    if (up || down) inner = { is: "walk", inner, up, down };
    return inner;
  }

  private atom(depth: number): Node {
    const token = this.peek();
    if (token.kind === "(") {
      this.at++;
      const inner = this.or(depth + 1);
      if (this.peek().kind !== ")") throw new SelectionError('expected ")"');
      this.at++;
      return inner;
    }
    if (token.kind !== "word") {
      const found = token.kind === "end" ? "the end" : `"${token.text}"`;
      throw new SelectionError(`expected a word or an attribute, found ${found}`);
    }
    this.at++;
    const colon = token.text.indexOf(":");
    const attribute = colon > 0 ? token.text.slice(0, colon) : "";
    if (/^[a-z_]+$/.test(attribute)) {
      const make = ATTRIBUTES[attribute];
      if (!make) throw new SelectionError(`unknown attribute "${attribute}": ${Object.keys(ATTRIBUTES).join(", ")}`);
      return { is: "test", test: make(this.model, token.text.slice(colon + 1)) };
    }
    const word = token.text.toLowerCase();
    if (word === "*") return { is: "test", test: () => true };
    return { is: "test", test: word.includes("*") ? (n) => matches(`*${word}*`, this.model.lower[n]) : (n) => this.model.lower[n].includes(word) };
  }
}

function resolve(node: Node, model: Model): Uint8Array {
  const set = new Uint8Array(model.size);
  switch (node.is) {
    case "test":
      for (let n = 0; n < model.size; n++) set[n] = node.test(n) ? 1 : 0;
      return set;
    case "not": {
      const inner = resolve(node.inner, model);
      return inner.map((is) => 1 - is);
    }
    case "walk": {
      const inner = resolve(node.inner, model);
      inner.forEach((is, n) => (set[n] = is));
      spread(inner, set, node.up, (n) => model.up(n));
      spread(inner, set, node.down, (n) => model.down(n));
      return set;
    }
    default: {
      const [left, right] = [resolve(node.left, model), resolve(node.right, model)];
      return node.is === "and" ? left.map((is, n) => is & right[n]) : left.map((is, n) => is | right[n]);
    }
  }
}

/** Adds what is reached in so many steps. */
function spread(start: Uint8Array, set: Uint8Array, steps: number, next: (n: number) => number[]): void {
  const seen = start.slice();
  let edge: number[] = [];
  start.forEach((is, n) => is && edge.push(n));
  for (let step = 0; step < steps && edge.length; step++) {
    const further: number[] = [];
    for (const from of edge) {
      for (const n of next(from)) {
        if (!seen[n]) {
          seen[n] = set[n] = 1;
          further.push(n);
        }
      }
    }
    edge = further;
  }
}

/** Returns which assets a text selects; all if it is empty. */
export function select(text: string, model: Model): Uint8Array {
  if (!text.trim()) return new Uint8Array(model.size).fill(1);
  return resolve(new Parser(text, model).whole(), model);
}
