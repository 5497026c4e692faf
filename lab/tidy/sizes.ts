/**
 * Sizes (SPEC G3): files of 400 lines, tests and suites of 600, functions of 60. A function that is better long says why
 * on the line above: `// long: reason`.
 */

import { type Finding, finding, type Node, type Source, walk } from './source.ts';

const FILE_LINES_MAX = 400;
const TEST_LINES_MAX = 600;
const FUNCTION_LINES_MAX = 60;

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

export function checkFileSize(path: string, text: string): readonly Finding[] {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  const max = /\.(test|suite)\.tsx?$/.test(path) ? TEST_LINES_MAX : FILE_LINES_MAX;
  return lines <= max ? [] : [`${path}:${max + 1} has ${lines} lines, at most ${max}`];
}

export function checkFunctionSizes(source: Source): readonly Finding[] {
  const findings: Finding[] = [];
  const linesByFunction = new Map<Node, number>();
  // A function that only lists tests is measured without them; each of them is a function itself.
  const withoutInner = source.isTest || source.path.startsWith('lab/suites/');
  walk(source.program, (node, ancestors) => {
    if (!FUNCTIONS.has(node.type)) return;
    const lines = source.lineAt(node.end) - source.lineAt(node.start) + 1;
    linesByFunction.set(node, lines);
    const outer = ancestors.findLast((ancestor) => FUNCTIONS.has(ancestor.type));
    if (withoutInner && outer !== undefined && lines > 1) {
      linesByFunction.set(outer, (linesByFunction.get(outer) ?? 0) - lines);
    }
  });
  const excused = reasonLines(source);
  for (const [node, lines] of linesByFunction) {
    if (lines <= FUNCTION_LINES_MAX || excused.has(source.lineAt(node.start))) continue;
    findings.push(finding(source, node, `this function has ${lines} lines, at most ${FUNCTION_LINES_MAX}`));
  }
  return findings;
}

/** Lines that a `// long: reason` stands above. */
function reasonLines(source: Source): ReadonlySet<number> {
  const markers = source.comments.filter((comment) => /^\s*long: \S/.test(comment.value));
  return new Set(markers.map((comment) => source.lineAt(comment.start) + 1));
}
