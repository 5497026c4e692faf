/**
 * A source file as the tidy checks see it: text, syntax tree, comments and line numbers. Parsed with
 * oxc-parser because the TypeScript compiler in use has no programming interface; the whole repository
 * takes a few hundred milliseconds.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Comment, parseSync } from 'oxc-parser';

/** Any node of the tree; what a check reads from it, it asks for with `field`, `child` or `text`. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

export interface Source {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
  readonly comments: readonly Comment[];
  readonly isTest: boolean;
  /** Line of an offset, counted from 1. */
  lineAt(offset: number): number;
}

/** What a check found: `path:line what`. A check answers an empty list when all is well. */
export type Finding = string;

export function parse(path: string, text: string): Source {
  const parsed = parseSync(path, text, { preserveParens: false });
  const [error] = parsed.errors;
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`);
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return {
    path,
    text,
    program: parsed.program,
    comments: parsed.comments,
    isTest: /\.test\.tsx?$/.test(path),
    lineAt: (offset) => lastAtMost(starts, offset) + 1,
  };
}

export function readSource(root: string, path: string): Source {
  return parse(path, readFileSync(join(root, path), 'utf8'));
}

/** Index of the last of the sorted `starts` that is not above `offset`. */
function lastAtMost(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function finding(source: Source, node: Pick<Node, 'start'>, what: string): Finding {
  return `${source.path}:${source.lineAt(node.start)} ${what}`;
}

/** Calls `visit` for every node with its ancestors, the nearest last. */
export function walk(root: Node, visit: (node: Node, ancestors: readonly Node[]) => void): void {
  const ancestors: Node[] = [];
  const enter = (node: Node): void => {
    visit(node, ancestors);
    ancestors.push(node);
    for (const value of Object.values(node)) {
      if (isNode(value)) enter(value);
      else if (Array.isArray(value)) for (const item of value) if (isNode(item)) enter(item);
    }
    ancestors.pop();
  };
  enter(root);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** A field of a node, whatever it is. */
export function field(node: Node | undefined, name: string): unknown {
  return node === undefined ? undefined : Reflect.get(node, name);
}

/** A child node by field name. */
export function child(node: Node | undefined, name: string): Node | undefined {
  const value = field(node, name);
  return isNode(value) ? value : undefined;
}

export function children(node: Node | undefined, name: string): readonly Node[] {
  const value = field(node, name);
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The text of a field: an identifier's name, a literal's string. */
export function text(node: Node | undefined, name: string): string | undefined {
  const value = field(node, name);
  return typeof value === 'string' ? value : undefined;
}

/** `a.b.c` for a plain chain of members, otherwise undefined. */
export function dotted(node: Node | undefined): string | undefined {
  if (node?.type === 'Identifier') return text(node, 'name');
  if (node?.type !== 'MemberExpression' || field(node, 'computed') === true) return undefined;
  const object = dotted(child(node, 'object'));
  return object === undefined ? undefined : `${object}.${text(child(node, 'property'), 'name') ?? ''}`;
}

/** The string of a literal, or the head of a template (`[S8] ${runtime} …` gives `[S8] `). */
export function stringHead(node: Node | undefined): string | undefined {
  if (node?.type === 'Literal') return text(node, 'value');
  if (node?.type !== 'TemplateLiteral') return undefined;
  const value = field(children(node, 'quasis')[0], 'value');
  return typeof value === 'object' && value !== null && 'cooked' in value ? String(value.cooked) : undefined;
}
