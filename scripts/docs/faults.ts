/** `docs/faults.md`: the one table of faults, for people who look one up. */

import { FAULT_HELP } from '../../core/src/base/fault-help.ts';
import { FAULTS, FAULT_CODES, type Retry } from '../../core/src/base/fault.ts';

const RETRY: Readonly<Record<Retry, string>> = {
  never: 'the same call will fail again',
  later: 'the same call may succeed after a pause',
  refresh: 'it may succeed after a new token or a new session',
  elsewhere: 'it succeeds at another address; ask for the shard map',
};

export function faultsPage(): string {
  const rows = [...FAULT_CODES.values()].map((code) => {
    const { number, retry, what } = FAULTS[code];
    const { http, hint } = FAULT_HELP[code];
    return `| \`${code}\` | ${number} | ${retry} | ${http} | ${cell(what)} | ${cell(hint)} |`;
  });
  return [
    '# Faults',
    '',
    'Made from `core/src/base/fault.ts` and `fault-help.ts` by `npm run docs`. A fault is what should not have happened; what a call may well answer is in its answer and in `protocol.md`. Numbers are never reused.',
    '',
    'A client decides by the column *retry* alone (SPEC W8):',
    '',
    ...Object.entries(RETRY).map(([retry, meaning]) => `- **${retry}**: ${meaning}.`),
    '',
    '| code | number | retry | HTTP | what happened | what to do |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
