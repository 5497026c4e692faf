/** The calls of the digest (SPEC I22): to which address of hers what waits is sent. */

import type { DigestApi } from 'copse/internal/api/digest.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { emailsPerUserMax } from 'copse/internal/base/limits.ts';
import { normalEmail } from 'copse/internal/transparency/label.ts';
import { requireWhole } from './devices.ts';
import type { Gate } from './gate.ts';

type Request<Name extends keyof DigestApi> = Parameters<DigestApi[Name]>[0];
type Answer<Name extends keyof DigestApi> = Awaited<ReturnType<DigestApi[Name]>>;

const NOTHING = {};
const HOUR_MS = 3_600_000;

export class DigestFacet implements DigestApi {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async state(): Promise<Answer<'state'>> {
    const { user } = await this.#gate.user();
    const { grounds, digest } = this.#gate.parts;
    const record = await grounds.accounts.digests.of(user);
    const to = record === null ? null : { email: record.email, afterHours: record.afterMs / HOUR_MS };
    return { sends: digest !== null, to };
  }

  async set({ to }: Request<'set'>): Promise<object> {
    const who = await this.#gate.user();
    requireWhole(who);
    const { grounds, digest } = this.#gate.parts;
    const { accounts, env } = grounds;
    if (to === null) {
      const record = await accounts.digests.of(who.user);
      if (record !== null) await accounts.digests.end(who.user, record.email);
      return NOTHING;
    }
    if (digest === null) throw new Fault('unknown', 'this node sends no e-mail');
    if (to.afterHours < 1) throw new Fault('malformed', 'an hour at least');
    const email = normalEmail(to.email);
    const hers = await accounts.emails.ofUser(who.key, emailsPerUserMax);
    if (email === null || !hers.some((row) => row.email === email))
      throw new Fault('forbidden', 'an address with which you have signed in');
    const afterMs = to.afterHours * HOUR_MS;
    await accounts.digests.wish({ user: who.user, email, afterMs }, env.wallMs());
    return NOTHING;
  }
}
