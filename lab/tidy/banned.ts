/**
 * What no source says. In `core`: the ambient clock, timers, chance, Buffer and process (SPEC G1), because
 * time and chance belong to `Env` and the code runs in browsers. Everywhere: silenced errors without a reason,
 * default exports, `process.exit`, tests that are skipped or singled out without a reason, `SELECT *`, `INSERT OR`, and in what
 * browsers run `using`. That
 * nothing says `any` is the linter's work; here its exceptions are held to say why.
 */

import {
  child,
  children,
  dotted,
  field,
  type Finding,
  finding,
  type Node,
  type Source,
  stringHead,
  text,
  walk,
} from './source.ts';

const AMBIENT = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'requestAnimationFrame',
  'performance',
  'Buffer',
  'process',
  'require',
]);
const AMBIENT_MEMBERS = new Set(['Date.now', 'Math.random']);
/** The files that make an `Env` out of the runtime, and the folder that only servers load. */
const AMBIENT_ALLOWED = [/^core\/src\/base\/(env|random)\.ts$/, /^core\/src\/native\//];

export function checkAmbient(source: Source): readonly Finding[] {
  if (!source.path.startsWith('core/src/') || source.isTest) return [];
  if (AMBIENT_ALLOWED.some((pattern) => pattern.test(source.path))) return [];
  const findings: Finding[] = [];
  walk(source.program, (node, ancestors) => {
    const name = ambientName(node, ancestors.at(-1));
    if (name !== undefined) findings.push(finding(source, node, `names ${name}; it comes with Env`));
  });
  return findings;
}

function ambientName(node: Node, parent: Node | undefined): string | undefined {
  if (node.type === 'MemberExpression') {
    const path = (dotted(node) ?? '').replace(/^(globalThis|self|window)\./, '');
    const [object = ''] = path.split('.');
    if (AMBIENT_MEMBERS.has(path)) return path;
    return path !== dotted(node) && AMBIENT.has(object) ? path : undefined;
  }
  if (isDateOfNow(node)) return 'the current Date';
  if (node.type !== 'Identifier' || isOnlyAName(node, parent)) return undefined;
  const name = text(node, 'name') ?? '';
  return AMBIENT.has(name) ? name : undefined;
}

/** `new Date()` and `Date()` read the clock; `new Date(ms)` does not. */
function isDateOfNow(node: Node): boolean {
  if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return false;
  if (dotted(child(node, 'callee')) !== 'Date') return false;
  return node.type === 'CallExpression' || children(node, 'arguments').length === 0;
}

/** A property or method that happens to be called so is no reference to the ambient thing. */
function isOnlyAName(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined || field(parent, 'computed') === true) return false;
  if (child(parent, 'value') === node) return false;
  return child(parent, 'property') === node || child(parent, 'key') === node;
}

/** Files in which a tool or a process demands what is refused elsewhere. */
const EXIT_ALLOWED = new Set(['server/src/cli/main.ts']);
const DEFAULT_EXPORT_ALLOWED = /\.config\.m?[jt]s$/;

/** Firefox before 141 and Safari before 26 have no `Symbol.asyncDispose`. */
const RUNS_IN_BROWSERS = /^(core\/src\/(?!native\/)|yjs\/src\/|web\/src\/)/;

export function checkBanned(source: Source): readonly Finding[] {
  const findings = source.comments
    .filter((comment) => isSilencer(comment.value))
    .map((comment) => finding(source, comment, 'silences a check without a reason'));
  walk(source.program, (node) => {
    const what = bannedIn(source, node) ?? testWithoutReason(node);
    if (what !== undefined) findings.push(finding(source, node, what));
  });
  return findings;
}

/** An ignored error always; an expected error or a lint rule switched off when nothing says why. */
function isSilencer(comment: string): boolean {
  if (/^\W*@ts-(ignore|nocheck)\b/.test(comment) || /^\W*@ts-expect-error\W*$/.test(comment)) return true;
  return /^\s*(oxlint|eslint)-disable/.test(comment) && !/ -- \S/.test(comment);
}

function bannedIn(source: Source, node: Node): string | undefined {
  switch (node.type) {
    case 'ExportDefaultDeclaration':
      return DEFAULT_EXPORT_ALLOWED.test(source.path) ? undefined : 'exports a default';
    case 'VariableDeclaration':
      return text(node, 'kind')?.endsWith('using') && RUNS_IN_BROWSERS.test(source.path) && !source.isTest
        ? 'says `using`, whose symbols browsers lack; end it in a finally'
        : undefined;
    case 'CallExpression':
      return dotted(child(node, 'callee')) === 'process.exit' && !EXIT_ALLOWED.has(source.path)
        ? 'calls process.exit; set process.exitCode and end what is open'
        : undefined;
    case 'Literal':
      return wrongSql(text(node, 'value'));
    case 'TemplateElement': {
      const value = field(node, 'value');
      return wrongSql(
        typeof value === 'object' && value !== null ? String(Reflect.get(value, 'cooked')) : undefined,
      );
    }
    default:
      return undefined;
  }
}

function wrongSql(literal: string | undefined): string | undefined {
  if (literal === undefined) return undefined;
  if (/\bselect\s+\*/i.test(literal)) return 'selects every column; name them';
  // A second engine is to be a second file (decision 0018).
  return /\binsert\s+or\s+(ignore|replace)\b/i.test(literal)
    ? 'is SQL that only SQLite knows; write ON CONFLICT'
    : undefined;
}

const TESTS = new Set(['test', 'it', 'describe', 'suite']);

/** A skipped test says why (SPEC G7); a test that is singled out hides all others. */
function testWithoutReason(node: Node): string | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const [object = '', member = ''] = (dotted(child(node, 'callee')) ?? '').split('.');
  if (TESTS.has(object) && member === 'only') return 'singles out one test';
  if (TESTS.has(object) && (member === 'skip' || member === 'todo')) return `use { ${member}: 'why' }`;
  if ((object === 't' || object === 'context') && (member === 'skip' || member === 'todo')) {
    return children(node, 'arguments').length === 0 ? 'skips without a reason' : undefined;
  }
  if (!TESTS.has(object) || member !== '') return undefined;
  const options = children(node, 'arguments').find((argument) => argument.type === 'ObjectExpression');
  return children(options, 'properties').map(wrongOption).find(Boolean);
}

function wrongOption(property: Node): string | undefined {
  const name = text(child(property, 'key'), 'name');
  if (name === 'only') return 'singles out one test';
  if (name !== 'skip' && name !== 'todo') return undefined;
  const value = child(property, 'value');
  const isBare = value?.type === 'Literal' && (field(value, 'value') === true || stringHead(value) === '');
  return isBare ? `${name} without a reason` : undefined;
}
