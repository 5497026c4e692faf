/**
 * The rules of SPEC.md against the titles of the tests (SPEC G4). A rule is a line `- **L2** …`; a citation is
 * the list in brackets that a title starts with: `[L2]`, `[L2, L8]`.
 */

import {
  child,
  children,
  type Finding,
  finding,
  type Node,
  type Source,
  stringHead,
  text,
  walk,
} from './source.ts';

const CITATION = /^\[([A-Z]\d+(?:, ?[A-Z]\d+)*)\]/;
const TESTS = new Set(['test', 'it']);
const GROUPS = new Set(['describe', 'suite']);

/** Rule ids of the specification with their line; an id that stands twice is a finding. */
function rulesOf(spec: string): {
  readonly ids: ReadonlySet<string>;
  readonly findings: readonly Finding[];
} {
  const ids = new Set<string>();
  const findings: Finding[] = [];
  for (const [, id = ''] of spec.matchAll(/^- \*\*([A-Z]\d+)\*\* \S/gm)) {
    if (ids.has(id)) findings.push(`SPEC.md has two rules ${id}`);
    ids.add(id);
  }
  return { ids, findings };
}

/** Where tests are written: test files, and the suites that they call with an implementation. */
function holdsTests(source: Source): boolean {
  return source.isTest || source.path.startsWith('lab/');
}

/** Every id cited by the first argument of a call, whatever helper makes the test. */
function citationsOf(source: Source): readonly { readonly id: string; readonly node: Node }[] {
  const citations: { id: string; node: Node }[] = [];
  walk(source.program, (node) => {
    if (node.type !== 'CallExpression') return;
    for (const id of idsOf(titleOf(node))) citations.push({ id, node });
  });
  return citations;
}

function titleOf(call: Node): string | undefined {
  return stringHead(children(call, 'arguments')[0]);
}

function idsOf(title: string | undefined): readonly string[] {
  return CITATION.exec(title ?? '')?.[1]?.split(/, ?/) ?? [];
}

export function checkRules(spec: string, sources: readonly Source[]): readonly Finding[] {
  const { ids, findings } = rulesOf(spec);
  const cited = new Set<string>();
  const unknown: Finding[] = [];
  for (const source of sources.filter(holdsTests)) {
    for (const { id, node } of citationsOf(source)) {
      cited.add(id);
      if (!ids.has(id)) unknown.push(finding(source, node, `cites ${id}, which SPEC.md does not have`));
    }
  }
  const untested = [...ids].filter((id) => !cited.has(id)).map((id) => `SPEC.md ${id} is cited by no test`);
  return [...findings, ...unknown, ...untested];
}

/** Tests whose title, and whose group's title, names no rule. Titles that are computed are not judged. */
export function checkTitles(source: Source): readonly Finding[] {
  if (!source.isTest) return [];
  const findings: Finding[] = [];
  walk(source.program, (node, ancestors) => {
    if (!isCallOf(node, TESTS)) return;
    const title = titleOf(node);
    if (title === undefined || title === '' || idsOf(title).length > 0) return;
    const inGroup = ancestors.some(
      (ancestor) => isCallOf(ancestor, GROUPS) && idsOf(titleOf(ancestor)).length > 0,
    );
    if (!inGroup) findings.push(finding(source, node, `"${title}" starts with no rule`));
  });
  return findings;
}

function isCallOf(node: Node, names: ReadonlySet<string>): boolean {
  const callee = child(node, 'callee');
  return (
    node.type === 'CallExpression' && callee?.type === 'Identifier' && names.has(text(callee, 'name') ?? '')
  );
}
