/**
 * Takes the sentences out of what a browser loads that are for those who write copse or another
 * implementation. Those of contracts and shapes are for `docs/protocol.md`, which is made from the sources;
 * those of assertions, and of faults about bytes that nobody can read, say what the place in the stack says too,
 * and the source map is beside the file. What people and applications read stays.
 *
 * What goes: the argument of `.about(…)` with the call, the second argument of `call`, `cast` and `push`,
 * the `doc` of a `contract`, and the `spec` of a shape, from which the page and the hash of the schema are
 * made; the second argument of `assert` and `must`, and that of a `malformed` fault where the bytes of others
 * are read. Found in the syntax tree, so a sentence cannot be mistaken for code. What makes shapes and labels
 * is marked as pure besides, so that a bundler leaves out those that nobody uses.
 */

import { parseSync } from 'oxc-parser';

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [part: string]: unknown;
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const MESSAGES = new Set(['call', 'cast', 'push']);
const CLAIMS = new Set(['assert', 'must']);
/** Folders of what reads the bytes of others. */
const READERS = /[\\/]src[\\/](wire|social|link|log|crypto|capability)[\\/]/;
/** Functions that only make a value of their arguments. */
const PURE = new Set([
  ...MESSAGES,
  'bytes',
  'choice',
  'contract',
  'domain',
  'fixed',
  'id',
  'list',
  'maybe',
  'struct',
  'text',
  'uint',
  'union',
]);

/** The source without its sentences. */
export function cutSentences(path: string, source: string): string {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message ?? 'cannot be parsed'}`);
  const cuts: Cut[] = [];
  const isReader = READERS.test(path);
  walk(program, (node) => {
    cuts.push(...cutsIn(node));
    if (isReader) cuts.push(...cutDetail(node));
  });
  let rest = source;
  const outer = cuts.filter((cut) => !cuts.some((other) => other.start < cut.start && cut.end < other.end));
  // From the end, so that places stay true.
  for (const { start, end, text } of outer.toSorted((a, b) => b.start - a.start)) {
    rest = rest.slice(0, start) + text + rest.slice(end);
  }
  return rest;
}

function cutsIn(node: Node): readonly Cut[] {
  if (node.type !== 'CallExpression') return [];
  const { callee, arguments: given } = node;
  if (!isNode(callee) || !Array.isArray(given)) return [];
  if (callee.type === 'MemberExpression') return cutAbout(node, callee, given[0]);
  const name = callee.type === 'Identifier' ? callee['name'] : null;
  if (typeof name === 'string' && CLAIMS.has(name)) return cutSecond(given);
  if (name === 'makeShape' && isNode(given[0])) return cutSpec(given[0]);
  if (typeof name !== 'string' || !PURE.has(name)) return [];
  const pure = { start: node.start, end: node.start, text: '/* @__PURE__ */ ' };
  if (MESSAGES.has(name) && isProse(given[1])) return [pure, emptied(given[1])];
  return name === 'contract' && isNode(given[0]) ? [pure, ...cutDoc(given[0])] : [pure];
}

/** `shape.about('…')` is `shape`. */
function cutAbout(node: Node, callee: Node, sentence: unknown): readonly Cut[] {
  const { object, property } = callee;
  if (!isNode(object) || !isNode(property) || property['name'] !== 'about') return [];
  return isProse(sentence) ? [{ start: object.end, end: node.end, text: '' }] : [];
}

function cutDoc(declaration: Node): readonly Cut[] {
  const properties: unknown = declaration['properties'];
  if (!Array.isArray(properties)) return [];
  return properties.flatMap((property: unknown) => {
    if (!isNode(property)) return [];
    const { key, value } = property;
    return isNode(key) && key['name'] === 'doc' && isProse(value) ? [emptied(value)] : [];
  });
}

/** `new Fault('malformed', '…')` is `new Fault('malformed')`. */
function cutDetail({ type, callee, arguments: given }: Node): readonly Cut[] {
  if (type !== 'NewExpression' || !isNode(callee) || callee['name'] !== 'Fault') return [];
  if (!Array.isArray(given) || !isNode(given[0]) || given[0]['value'] !== 'malformed') return [];
  return given.length === 2 ? cutSecond(given) : [];
}

function cutSecond([first, second]: readonly unknown[]): readonly Cut[] {
  return isNode(first) && isProse(second) ? [{ start: first.end, end: second.end, text: '' }] : [];
}

/** The first property of a shape is what it is for documents; a comma follows it. */
function cutSpec(core: Node): readonly Cut[] {
  const properties: unknown = core['properties'];
  if (!Array.isArray(properties)) return [];
  const [spec, next] = properties.filter(isNode);
  if (spec === undefined || next === undefined || !isNode(spec['key'])) return [];
  return spec['key']['name'] === 'spec' ? [{ start: spec.start, end: next.start, text: '' }] : [];
}

function emptied({ start, end }: Node): Cut {
  return { start, end, text: "''" };
}

/** A text that stands there, perhaps with figures in it. */
function isProse(value: unknown): value is Node {
  if (!isNode(value)) return false;
  return value.type === 'TemplateLiteral' || (value.type === 'Literal' && typeof value['value'] === 'string');
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function walk(node: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(node)) for (const each of node) walk(each, visit);
  else if (isNode(node)) {
    visit(node);
    for (const part of Object.values(node)) walk(part, visit);
  }
}
