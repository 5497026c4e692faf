/**
 * Reads the JUnit report that `bun test` writes. Only what the count needs: each test's name and whether it
 * passed, failed or was skipped. A report that is cut off (the process died while writing) gives what it has.
 */

export interface Case {
  /** Titles of the groups and of the test, joined by ` > `. */
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** First line of the failure, for the summary. */
  readonly message: string;
}

const CASE = /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;
const ATTRIBUTE = /([\w-]+)="([^"]*)"/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

export function parseJunit(xml: string): readonly Case[] {
  return [...xml.matchAll(CASE)].map(([, head = '', body = '']) => {
    const attributes = attributesOf(head);
    const group = attributes.get('classname') ?? '';
    const title = attributes.get('name') ?? '';
    const bad = /<(?:failure|error)\b((?:[^>"]|"[^"]*")*)/.exec(body);
    const message = attributesOf(bad?.[1] ?? '').get('message') ?? '';
    return {
      name: group === '' ? title : `${group} > ${title}`,
      outcome: bad !== null ? 'failed' : body.includes('<skipped') ? 'skipped' : 'passed',
      message: message.trim().split('\n')[0] ?? '',
    };
  });
}

function attributesOf(head: string): ReadonlyMap<string, string> {
  return new Map([...head.matchAll(ATTRIBUTE)].map(([, name = '', value = '']) => [name, unescape(value)]));
}

function unescape(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hexadecimal !== undefined) return String.fromCodePoint(Number.parseInt(hexadecimal, 16));
    return ENTITIES[name] ?? whole;
  });
}
