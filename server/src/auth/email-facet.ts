/** The calls of e-mail (SPEC E1-E8): who may make which, and the hand-over between two devices. */

import type { EmailApi, KnockRow } from 'copse/internal/api/email.ts';
import { equal, fromHex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { must } from 'copse/internal/base/assert.ts';
import { devicesPerEmailMax, emailsPerUserMax, knocksPerEmailMax } from 'copse/internal/base/limits.ts';
import { normalEmail } from 'copse/internal/transparency/label.ts';
import type { EmailRecord } from '../store/email.ts';
import { signedInOf, type EmailDesk } from './email-desk.ts';
import type { Caller, Phase, Visit } from './email-visits.ts';
import type { Gate } from './gate.ts';
import type { Who } from './grounds.ts';

type Request<Name extends keyof EmailApi> = Parameters<EmailApi[Name]>[0];
type Answer<Name extends keyof EmailApi> = Awaited<ReturnType<EmailApi[Name]>>;

const NOTHING = {};

export class EmailFacet implements EmailApi {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async providers(): Promise<Answer<'providers'>> {
    await this.#gate.anyone();
    return this.#desk.providers;
  }

  async begin({ provider, deviceName, commitment }: Request<'begin'>): Promise<Answer<'begin'>> {
    const caller = await this.#caller();
    const part = { caller, provider, deviceName, commitment: commitment?.slice() ?? null };
    const { visit, url } = await this.#desk.begin(part);
    return { ticket: unhex(visit.ticket), url, untilMs: this.#wallOf(visit) };
  }

  async look({ ticket }: Request<'look'>): Promise<Answer<'look'>> {
    await this.#gate.anyone();
    return shown(this.#mine(ticket).phase);
  }

  async confirm({ ticket, code }: Request<'confirm'>): Promise<Answer<'confirm'>> {
    await this.#gate.anyone();
    const visit = this.#mine(ticket);
    const was = visit.phase.at;
    const answer = shown(await this.#desk.confirm(visit, code));
    if (answer.kind === 'signedIn') return { ...answer, kind: 'ok' };
    if (answer.kind === 'failed') return answer;
    if (was !== 'returned' || answer.kind !== 'returned') throw new Fault('stale', 'no digits are asked for');
    return { kind: 'wrong', triesLeft: answer.triesLeft };
  }

  async reveal({ ticket, exchange, nonce }: Request<'reveal'>): Promise<object> {
    await this.#gate.anyone();
    const visit = this.#mine(ticket);
    const signedIn = signedInOf(visit);
    signedIn.handOver.reveal({ exchange, nonce });
    this.#desk.tell(signedIn.holders, null);
    return NOTHING;
  }

  async knocks(): Promise<Answer<'knocks'>> {
    const who = await this.#gate.user();
    const waiting = this.#desk.visits.waiting().filter((visit) => mayAnswer(visit, who.key));
    return waiting.slice(0, knocksPerEmailMax).map((visit) => this.#rowOf(visit));
  }

  async meet({ knock, exchange, nonce }: Request<'meet'>): Promise<object> {
    const { visit, who } = await this.#answering(knock);
    const device = this.#gate.deviceKey;
    signedInOf(visit).handOver.meet(who.key, { device, exchange, nonce });
    return NOTHING;
  }

  async give({ knock, sealed }: Request<'give'>): Promise<object> {
    const { visit } = await this.#answering(knock);
    const signedIn = signedInOf(visit);
    signedIn.handOver.give(this.#gate.deviceKey, sealed);
    this.#desk.visits.answered(visit);
    this.#desk.tell(signedIn.holders, null);
    return NOTHING;
  }

  async deny({ knock }: Request<'deny'>): Promise<object> {
    const { visit } = await this.#answering(knock);
    const signedIn = signedInOf(visit);
    signedIn.handOver.deny();
    this.#desk.visits.answered(visit);
    this.#desk.tell(signedIn.holders, null);
    return NOTHING;
  }

  async emails(): Promise<Answer<'emails'>> {
    const { key } = await this.#gate.user();
    const records = await this.#emails.ofUser(key, emailsPerUserMax);
    return records.map(({ email, device, method, statement, atMs }) => {
      return { email, device, method, statement, timeMs: atMs };
    });
  }

  async forget({ email: spelling }: Request<'forget'>): Promise<Answer<'forget'>> {
    const { key } = await this.#gate.user();
    const email = normalEmail(spelling);
    const records = (await this.#emails.ofUser(key, emailsPerUserMax)).filter((row) => row.email === email);
    if (records.length === 0) throw new Fault('unknown', 'an address of yours');
    for (const record of records) await this.#withdraw(record);
    return { ended: Math.min(records.length, devicesPerEmailMax) };
  }

  async adopt(): Promise<Answer<'adopt'>> {
    const { key: user } = await this.#gate.user();
    const device = this.#gate.deviceKey;
    const bare = await this.#emails.ofUser(device, emailsPerUserMax);
    const statements: number[] = [];
    for (const record of equal(user, device) ? [] : bare) {
      const { email, method } = record;
      const statement = await this.#desk.state({ email, user, device, method }, this.#gate.session);
      await this.#emails.put({ ...record, user, statement, atMs: this.#gate.parts.grounds.env.wallMs() });
      await this.#withdraw(record);
      statements.push(statement);
    }
    return { statements };
  }

  async #withdraw(record: EmailRecord): Promise<void> {
    const { user, statement, label } = record;
    const body = { kind: 'withdrawal', user, statement } as const;
    await this.#gate.parts.names.log.add({ body, email: unhex(label) });
    await this.#emails.remove(record);
  }

  /** A device that waits for the user of this session, before it is over. */
  async #answering(knock: Uint8Array): Promise<{ readonly visit: Visit; readonly who: Who }> {
    const who = await this.#gate.user();
    const visit = this.#desk.visits.waitingAs(knock);
    if (visit === null || !mayAnswer(visit, who.key)) throw new Fault('unknown', 'a device that waits');
    return { visit, who };
  }

  async #caller(): Promise<Caller> {
    const { session, deviceKey: device, address } = this.#gate;
    const standing = await this.#gate.anyone();
    const user: Key = standing.kind === 'user' ? (await this.#gate.user()).key : device;
    return { session, device, user, address };
  }

  #mine(ticket: Uint8Array): Visit {
    return this.#desk.visits.mine(ticket, this.#gate.deviceKey);
  }

  #rowOf(visit: Visit): KnockRow {
    const { email, statement, timeMs, sameAccount, handOver } = signedInOf(visit);
    const { device } = visit.caller;
    const { revealed } = handOver;
    return {
      knock: unhex(visit.knock),
      email,
      device,
      deviceName: visit.deviceName,
      provider: visit.provider,
      statement,
      timeMs,
      untilMs: this.#wallOf(visit),
      sameAccount,
      commitment: must(visit.commitment, 'who waits has committed'),
      revealed: revealed === null ? null : { device, ...revealed },
    };
  }

  #wallOf({ untilMs }: Visit): number {
    const { env } = this.#gate.parts.grounds;
    return Math.ceil(env.wallMs() + Math.max(0, untilMs - env.nowMs()));
  }

  get #desk(): EmailDesk {
    return this.#gate.parts.email;
  }

  get #emails(): Gate['parts']['grounds']['accounts']['emails'] {
    return this.#gate.parts.grounds.accounts.emails;
  }
}

function mayAnswer(visit: Visit, user: Key): boolean {
  const { phase } = visit;
  if (phase.at !== 'signedIn' || !phase.holders.some((holder) => equal(holder, user))) return false;
  return phase.handOver.metBy === null || equal(phase.handOver.metBy.user, user);
}

function shown(phase: Phase): Answer<'look'> {
  switch (phase.at) {
    case 'away':
    case 'busy':
      return { kind: 'away' };
    case 'returned':
      return { kind: 'returned', triesLeft: phase.triesLeft };
    case 'failed':
      return { kind: 'failed', reason: phase.reason };
    case 'signedIn':
      return {
        kind: 'signedIn',
        email: phase.email,
        statement: phase.statement,
        handOver: phase.handOver.state,
      };
  }
}

function unhex(text: string): Uint8Array {
  return must(fromHex(text), 'ids and labels are hex');
}
