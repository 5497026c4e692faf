/**
 * `docs/http.md`: the calls over HTTP for those who write a program (SPEC O8). The prose is in `http.md`; the calls
 * are made from the table that the door itself goes by, with their JSON forms instead of those of the link.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, type FaultCode } from '../../core/src/base/fault.ts';
import * as limits from '../../core/src/base/limits.ts';
import * as streamLimits from '../../core/src/base/limits-streams.ts';
import type { Shape } from '../../core/src/wire/shape.ts';
import { httpCalls, type HttpCall, type Shows } from '../../server/src/node/http-calls.ts';
import { problem } from '../../server/src/node/http-problem.ts';

const WRITTEN_BY_MACHINE = '<!-- Made by `npm run docs`; the prose is in scripts/docs/http.md. -->';

const WHOLE = String(Number.MAX_SAFE_INTEGER);

const SHOWN: Readonly<Record<Shows, string>> = {
  nothing: 'Needs nothing; a `GET` without a body does too.',
  key: 'Needs a proof of the key, no token.',
  token: 'Needs a token and a proof.',
};

/** What a call is refused with beside what any may be. */
const REFUSALS: Readonly<Record<string, readonly (readonly [code: FaultCode, when: string])[]>> = {
  login: [
    ['unknown', 'no such shard'],
    ['forbidden', 'the user of the blessing has no account here'],
    ['taken', "the key is another user's device"],
  ],
  refresh: [['unknown', 'no such shard']],
  lease: [
    ['unknown', 'no such shard, or an attestation of the proof is not registered'],
    ['forbidden', 'the user may not do this on the log, from here and now; or not from pages of this origin'],
  ],
  join: [
    ['unknown', 'no such invitation'],
    ['used', 'the invitation has been used'],
    ['full', 'there is no room for another member'],
  ],
  leave: [['forbidden', 'the user is no member of the site']],
  origins: [['forbidden', 'the user is no member of the site']],
  setOrigins: [
    ['forbidden', 'the user is no admin of the site'],
    ['malformed', 'what is no web origin as browsers send it'],
  ],
  updateProfile: [['forbidden', 'the blessing is not for all permissions']],
  claim: [['malformed', 'a name that nobody can claim']],
  declare: [
    ['forbidden', 'the issuer holds no right that contains this one, or may not revoke it'],
    ['unknown', 'no such site, group or attestation'],
    ['full', 'the quota of what it stands on is used up'],
  ],
};

export function httpPage(root: string): string {
  const places: Readonly<Record<string, (argument: string) => string>> = {
    limit: (name) => limitOf(name).toLocaleString('en-US'),
    problem: () =>
      JSON.stringify(problem('https://node.example', new Fault('forbidden', 'to write this log')), null, 2),
    calls: () => Object.entries(httpCalls).map(callText).join('\n'),
  };
  const prose = readFileSync(join(root, 'scripts/docs/http.md'), 'utf8').trim();
  const page = prose.replaceAll(/\{\{(\w+)(?: ([^}]+))?\}\}/g, (_, name: string, argument?: string) => {
    const place = places[name];
    if (place === undefined) throw new Error(`nothing answers to {{${name}}}`);
    return place(argument ?? '');
  });
  return `${WRITTEN_BY_MACHINE}\n\n${page.trimEnd()}\n`;
}

function limitOf(name: string): number {
  const value: unknown = Object.entries({ ...limits, ...streamLimits }).find(
    ([limit]) => limit === name,
  )?.[1];
  if (typeof value !== 'number') throw new Error(`there is no limit ${name}`);
  return value;
}

function callText([name, { call, shows }]: readonly [string, HttpCall]): string {
  const refusals = (REFUSALS[name] ?? []).map(([code, when]) => `| \`${code}\` | ${when} |`);
  return [
    `### \`POST /v1/${name}\`\n`,
    `${call.doc} ${SHOWN[shows]}\n`,
    table('request', call.request),
    table('answer', call.answer),
    ...(refusals.length > 0 ? [`| refused with | when |\n|---|---|\n${refusals.join('\n')}\n`] : []),
  ].join('\n');
}

function table(title: string, shape: Shape<unknown>): string {
  if (shape.bytesMax === 0) return `The ${title} is \`{}\`.\n`;
  const rows = fieldsOf(shape, '').map((cells) => `| ${cells.join(' | ')} |`);
  return `| ${title} | JSON | |\n|---|---|---|\n${rows.join('\n')}\n`;
}

type Row = readonly [name: string, json: string, doc: string];

/** A row for each field, under its path. */
function fieldsOf(shape: Shape<unknown>, at: string): readonly Row[] {
  const { form, parts = [] } = shape.spec;
  const named = (name: string): string => (at === '' ? name : `${at}.${name}`);
  if (form.startsWith('struct')) return parts.flatMap((part) => rowsOf(part.shape, named(part.name)));
  if (!form.startsWith('union')) return rowsOf(shape, at);
  return parts.flatMap((part): readonly Row[] => {
    const kind: Row = [`\`${named('kind')}\``, `\`"${part.name}"\``, part.shape.doc];
    return [kind, ...fieldsOf(part.shape, at).map(([name, json, doc]): Row => [name, json, doc])];
  });
}

function rowsOf(shape: Shape<unknown>, name: string): readonly Row[] {
  const { below, json } = inside(shape);
  const row: Row = [name === '' ? 'all of it' : `\`${name}\``, json, shape.doc.replaceAll('|', '\\|')];
  return below === null ? [row] : [row, ...fieldsOf(below, json.startsWith('list') ? `${name}[]` : name)];
}

/** The JSON form, and the shape whose fields follow. */
function inside(shape: Shape<unknown>): { readonly json: string; readonly below: Shape<unknown> | null } {
  const { form, parts = [] } = shape.spec;
  const [kind = '', bound = ''] = form.split(/[()]/);
  const only = parts[0]?.shape;
  switch (kind) {
    case 'struct':
    case 'union':
      return { json: 'object', below: shape };
    case 'list': {
      const of = only === undefined ? { json: '', below: null } : inside(only);
      return { json: `list of at most ${bound}: ${of.json}`, below: of.below };
    }
    case 'maybe': {
      const of = only === undefined ? { json: '', below: null } : inside(only);
      return { json: `${of.json}, or null`, below: of.below };
    }
    case 'bytes':
      return { json: `base64url, at most ${bound} bytes`, below: null };
    case 'fixed':
      return { json: `base64url, ${bound} bytes`, below: null };
    case 'text':
      return { json: `text, at most ${bound} bytes`, below: null };
    case 'id':
      return { json: `hex, ${2 * Number(bound)} digits`, below: null };
    case 'uint':
      return { json: bound.endsWith(WHOLE) ? 'whole number' : `whole number, ${bound}`, below: null };
    case 'bool':
      return { json: '`true` or `false`', below: null };
    case 'choice':
      return {
        json: bound
          .split(' | ')
          .map((word) => `\`"${word}"\``)
          .join(' or '),
        below: null,
      };
    default:
      return { json: `\`${form.replaceAll('|', '\\|')}\``, below: null };
  }
}
