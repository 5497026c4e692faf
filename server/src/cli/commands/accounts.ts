/** Commands about the people of a node: see `program-accounts.ts`. */

import { base64url, equal, fromBase64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type {
  AccountBranch,
  AccountRow,
  Accounts,
  AuditRow,
  RemovalPreview,
} from 'copse/internal/client/index.ts';
import { nearest } from '../../node/nearest.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { open } from '../person.ts';

type Flags = Readonly<Record<string, unknown>>;

/** Accounts among which a name is looked for. */
const FIND_COUNT = 10_000;
const KEY_BYTES = 32;

async function withAccounts(context: Context, task: (accounts: Accounts) => Promise<void>): Promise<void> {
  await using copse = await open(context);
  await task(await copse.accounts());
}

export function list(context: Context): Promise<void> {
  return withAccounts(context, async (accounts) => {
    const { account, above } = await accounts.me();
    const below = await accounts.below(account.isAdmin ? null : account.key);
    const rows = [account, ...below.filter(({ place }) => place !== account.place)];
    const by = above.length === 0 ? 'the node' : above.map(({ name }) => name || 'somebody').join(', by ');
    context.output.result(`${table([HEAD, ...rows.map(cells)])}\n\nYou were let in by ${by}.`, {
      account: valueOf(account),
      above: above.map(valueOf),
      below: below.map(valueOf),
    });
  });
}

const HEAD = ['id', 'name', 'state', 'may let in', 'let in', 'bytes', 'since'];

function cells(row: AccountRow): readonly string[] {
  const { user, name, quota, children, bytes, madeMs } = row;
  const since = new Date(madeMs).toISOString().slice(0, 10);
  return [user, name, stateWords(row), String(quota), String(children), String(bytes), since];
}

function stateWords({ state, isAdmin, expiresMs, removal }: AccountRow): string {
  if (state === 'link') return `link, until ${new Date(expiresMs).toISOString().slice(0, 10)}`;
  if (state === 'over') return 'link, over';
  if (removal !== null) return `removed by ${removal.by || 'the node'}`;
  return isAdmin ? 'admin' : state;
}

function valueOf(row: AccountRow): object {
  const removal = row.removal === null ? null : { ...row.removal, byKey: base64url(row.removal.byKey) };
  return { ...row, key: base64url(row.key), removal };
}

export function tree(context: Context, flags: Flags): Promise<void> {
  return withAccounts(context, async (accounts) => {
    const { branches, more } = await accounts.tree(numberOf(flags, 'count'));
    const lines = branches.flatMap((branch) => linesOf(branch, 0));
    if (more) lines.push('… and more; `--count` shows them.');
    if (lines.length === 0) lines.push('Nobody yet: `copse accounts invite NAME` makes a link.');
    context.output.result(lines.join('\n'), { branches: branches.map(branchValue), more });
  });
}

function linesOf({ account, below }: AccountBranch, depth: number): string[] {
  const { name, user, quota } = account;
  const line = `${'  '.repeat(depth)}${name || user} (${stateWords(account)}, may let in ${quota})`;
  return [line, ...below.flatMap((each) => linesOf(each, depth + 1))];
}

function branchValue({ account, below }: AccountBranch): object {
  return { ...valueOf(account), below: below.map(branchValue) };
}

export function invite(context: Context, name: string, flags: Flags): Promise<void> {
  return withAccounts(context, async (accounts) => {
    const [quota, bytes, days] = (['quota', 'bytes', 'days'] as const).map((flag) => numberOf(flags, flag));
    const { link, account } = await accounts.invite({
      name,
      ...(quota === undefined ? {} : { quota }),
      ...(bytes === undefined ? {} : { bytes }),
      ...(days === undefined ? {} : { days }),
    });
    const picture = flags['qr'] === true ? (await import('uqr')).renderUnicodeCompact(link) : null;
    const text = picture === null ? link : `${picture}\n\n${link}`;
    context.output.result(text, { link, account: valueOf(account) });
  });
}

export function give(context: Context, words: readonly string[]): Promise<void> {
  return handingOn(context, words, (accounts, who, count) => accounts.give(who, count));
}

export function take(context: Context, words: readonly string[]): Promise<void> {
  return handingOn(context, words, (accounts, who, count) => accounts.takeBack(who, count));
}

function handingOn(
  context: Context,
  [word = '', number = '']: readonly string[],
  task: (accounts: Accounts, who: Uint8Array, count: number) => Promise<AccountRow>,
): Promise<void> {
  return withAccounts(context, async (accounts) => {
    const who = await called(accounts, word, true);
    sayRow(context, await task(accounts, who, wholeNumber('<count>', number)));
  });
}

function sayRow(context: Context, row: AccountRow): void {
  const text = `${row.name || row.user} may let in ${row.quota} (${stateWords(row)}).`;
  context.output.result(text, valueOf(row));
}

export function rename(context: Context, [word = '', name = '']: readonly string[]): Promise<void> {
  return withAccounts(context, async (accounts) =>
    sayRow(context, await accounts.rename(await called(accounts, word), name)),
  );
}

export function remove(context: Context, word: string, flags: Flags): Promise<void> {
  return withAccounts(context, async (accounts) => {
    const target = await called(accounts, word);
    const extent = flags['all'] === true ? 'all' : 'one';
    const seen = await accounts.preview(target, extent);
    if (flags['preview'] === true) return context.output.result(previewWords(seen), previewValue(seen));
    const { reason } = flags;
    const row = await accounts.remove(target, {
      extent,
      content: flags['hide'] === true ? 'hide' : 'keep',
      reason: typeof reason === 'string' ? reason : '',
    });
    const until = new Date(row.removal?.untilMs ?? 0).toISOString();
    context.output.result(
      `${previewWords(seen, 'Removed')} Until ${until}: \`copse accounts restore ${row.user}\`.`,
      { ...previewValue(seen), account: valueOf(row) },
    );
  });
}

function previewWords(seen: RemovalPreview, begins = 'Would fall'): string {
  const { people, links, rehung, more, first } = seen;
  const names = first.map(({ name, key }) => name || base64url(key).slice(0, 8)).join(', ');
  const rest = rehung === 0 ? '' : ` ${rehung} below go on, below you.`;
  return `${begins}: ${people}${more ? ' or more' : ''} people, ${links} links (${names}).${rest}`;
}

function previewValue(seen: RemovalPreview): object {
  return { ...seen, first: seen.first.map(({ key, name }) => ({ key: base64url(key), name })) };
}

export function restore(context: Context, word: string): Promise<void> {
  return withAccounts(context, async (accounts) =>
    sayRow(context, await accounts.restore(await called(accounts, word))),
  );
}

export function audit(context: Context, flags: Flags): Promise<void> {
  return withAccounts(context, async (accounts) => {
    const { rows, next } = await accounts.audit(numberOf(flags, 'before') ?? 0);
    const shown = rows.map((row) => [
      String(row.number),
      new Date(row.atMs).toISOString(),
      row.actor || 'the node',
      row.kind,
      row.target,
      row.act === null ? 'does not hold' : detailOf(row),
    ]);
    const more = next === null ? '' : `\n\nOlder ones: \`copse accounts audit --before ${next}\`.`;
    const values = rows.map(({ act, ...row }) => ({ ...row, holds: act !== null }));
    context.output.result(table([['number', 'time', 'who', 'did', 'whom', ''], ...shown]) + more, {
      rows: values,
      next,
    });
  });
}

function detailOf({ act }: AuditRow): string {
  switch (act?.kind) {
    case 'give':
    case 'take':
      return String(act.count);
    case 'add':
    case 'issue':
      return `may let in ${act.quota}`;
    case 'remove':
      return [act.extent === 'all' ? 'and all below' : 'alone', act.reason].filter(Boolean).join(': ');
    case 'name':
    case 'replace':
    case 'succeed':
    case 'restore':
    case undefined:
      return '';
  }
}

/** The key of somebody below, by name, id or key; with `isAnybody` also a whole key of anybody. */
async function called(accounts: Accounts, word: string, isAnybody = false): Promise<Uint8Array> {
  const whole = fromBase64url(word);
  if (isAnybody && whole?.length === KEY_BYTES) return whole;
  const { branches } = await accounts.tree(FIND_COUNT);
  const { account } = await accounts.me();
  const rows = branches.flatMap(rowsOf).filter(({ key }) => !equal(key, account.key));
  const isMeant = ({ name, user, key }: AccountRow): boolean =>
    name === word || user.startsWith(word) || base64url(key).startsWith(word);
  const [found, ...others] = word === '' ? [] : rows.filter(isMeant);
  if (found !== undefined && others.length === 0) return found.key;
  if (found !== undefined)
    throw new Fault(
      'usage',
      `Several are called \`${word}\`; give the beginning of an id: ${[found, ...others].map(({ user }) => user).join(', ')}.`,
    );
  const close = nearest(
    word,
    rows.map(({ name }) => name),
  );
  throw new Fault(
    'unknown',
    `Nobody below you is called \`${word}\`.${close === null ? '' : ` Did you mean \`${close}\`?`}`,
  );
}

function rowsOf({ account, below }: AccountBranch): readonly AccountRow[] {
  return [account, ...below.flatMap(rowsOf)];
}

function numberOf(flags: Flags, name: string): number | undefined {
  const value = flags[name];
  return typeof value === 'string' ? wholeNumber(`--${name}`, value) : undefined;
}

function wholeNumber(what: string, text: string): number {
  if (!/^\d{1,15}$/u.test(text)) throw new Fault('usage', `\`${what}\` is a whole number.`);
  return Number(text);
}
