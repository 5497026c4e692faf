/** The facet of recovery: who may call what (SPEC P6-P9, P12); what the calls do is in the files beside this one. */

import type { RecoveryApi } from 'copse/internal/api/recovery.ts';
import { recoveryGrantsMax } from 'copse/internal/base/limits.ts';
import type { Gate } from './gate.ts';
import { grant, grants, register, remove, status } from './recovery-owners.ts';
import { ask, decide, listPending, listWaiting, readmissions, readmit, stateOf } from './recovery-resets.ts';

type Request<Name extends keyof RecoveryApi> = Parameters<RecoveryApi[Name]>[0];
type Answer<Name extends keyof RecoveryApi> = Awaited<ReturnType<RecoveryApi[Name]>>;

const NOTHING = {};

export class RecoveryFacet implements RecoveryApi {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async card(request: Request<'card'>): Promise<Answer<'card'>> {
    await this.#gate.anyone();
    return this.#gate.parts.realm.card(request);
  }

  async evaluate(request: Request<'evaluate'>): Promise<Answer<'evaluate'>> {
    await this.#gate.anyone();
    return this.#gate.parts.realm.evaluate(request);
  }

  async unlock(request: Request<'unlock'>): Promise<Answer<'unlock'>> {
    await this.#gate.anyone();
    return this.#gate.parts.realm.unlock(request);
  }

  async register(request: Request<'register'>): Promise<object> {
    await this.#gate.anyone();
    await register(this.#grounds, this.#gate.deviceKey, request);
    return NOTHING;
  }

  async remove(request: Request<'remove'>): Promise<object> {
    await this.#gate.anyone();
    await remove(this.#grounds, this.#gate.deviceKey, request);
    return NOTHING;
  }

  async status(request: Request<'status'>): Promise<Answer<'status'>> {
    await this.#gate.anyone();
    return status(this.#grounds, this.#gate.deviceKey, request);
  }

  async grant(request: Request<'grant'>): Promise<object> {
    await grant(this.#grounds, await this.#gate.user(), request);
    return NOTHING;
  }

  async grants(): Promise<Answer<'grants'>> {
    return grants(this.#grounds, await this.#gate.user(), 4 * recoveryGrantsMax);
  }

  async resetAsk(request: Request<'resetAsk'>): Promise<object> {
    await this.#gate.anyone();
    await ask(this.#grounds, this.#gate.deviceKey, request);
    return NOTHING;
  }

  async resetState(request: Request<'resetState'>): Promise<Answer<'resetState'>> {
    await this.#gate.anyone();
    return stateOf(this.#grounds, request);
  }

  async resets(): Promise<Answer<'resets'>> {
    return listWaiting(this.#grounds, await this.#gate.user());
  }

  async resetDecide(request: Request<'resetDecide'>): Promise<object> {
    const who = await this.#gate.user();
    this.#gate.parts.feed.requireRoom();
    await decide(this.#gate.parts.reception, who, request);
    return NOTHING;
  }

  async pendings(request: Request<'pendings'>): Promise<Answer<'pendings'>> {
    return listPending(this.#grounds, await this.#gate.user(), request.site);
  }

  async readmit(request: Request<'readmit'>): Promise<object> {
    await readmit(this.#grounds, this.#gate.parts.reception.live, await this.#gate.user(), request);
    return NOTHING;
  }

  async readmissions(): Promise<Answer<'readmissions'>> {
    return readmissions(this.#grounds, await this.#gate.user());
  }

  get #grounds(): Gate['parts']['grounds'] {
    return this.#gate.parts.grounds;
  }
}
