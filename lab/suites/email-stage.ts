/** Parties for tests of e-mail: providers that answer what a test wants, and devices at the facet. */

import { emailApi, type EmailRemote } from 'copse/internal/api/email.ts';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { logBatchMs } from 'copse/internal/base/limits.ts';
import {
  commitmentOf,
  shortCodeOf,
  transcriptOf,
  type HandOverParty,
  type Meeting,
} from 'copse/internal/capability/hand-over.ts';
import { newExchangeKey, type ExchangeKey } from 'copse/internal/crypto/agree.ts';
import type {
  EmailProviders,
  ProviderAnswer,
  ProviderAsk,
  ProviderReturn,
} from '../../server/src/auth/email-providers.ts';
import { settled, type Actor, type Stage } from './auth-stage.ts';
import { primitives } from './people.ts';

const ISSUER = 'https://id.example';

/** Says of everybody who comes what a test has told it. */
export class FakeProviders implements EmailProviders {
  readonly list = [
    { id: 'example', name: 'Example' },
    { id: 'other', name: 'Other' },
  ];
  readonly asked: ProviderAsk[] = [];
  readonly returned: ProviderReturn[] = [];
  answer: ProviderAnswer = verified('ada@example.org');

  async start(ask: ProviderAsk) {
    this.asked.push(ask);
    return { url: `${ISSUER}/authorize?state=${ask.state}`, verifier: 'verifier' };
  }

  async finish(back: ProviderReturn): Promise<ProviderAnswer> {
    this.returned.push(back);
    return this.answer;
  }
}

export function verified(email: string, subject = email): ProviderAnswer {
  return { kind: 'ok', email, issuer: ISSUER, subject };
}

/** One device at the facet. */
export class Device {
  readonly stage: Stage;
  readonly actor: Actor;
  readonly email: EmailRemote;
  readonly own: ExchangeKey;
  readonly nonce: Uint8Array;

  private constructor(stage: Stage, actor: Actor, own: ExchangeKey, nonce: Uint8Array) {
    this.stage = stage;
    this.actor = actor;
    this.email = actor.facet(emailApi, {});
    this.own = own;
    this.nonce = nonce;
  }

  static async of(stage: Stage, actor: Actor): Promise<Device> {
    const env = realEnv();
    return new Device(stage, actor, await newExchangeKey(primitives, env), env.random(16));
  }

  get party(): HandOverParty {
    return { device: this.actor.who.device.key, exchange: this.own.publicKey, nonce: this.nonce };
  }

  /** Waits on a clock that goes on, for the log of the node. */
  async wait<T>(answer: Promise<T>): Promise<T> {
    const waiting = { isOver: false };
    const done = answer.finally(() => (waiting.isOver = true));
    done.catch(() => {});
    for (let turn = 0; turn < 100 && !waiting.isOver; turn++) {
      await settled();
      this.stage.clock.advance(logBatchMs);
    }
    return done;
  }

  begin(provider = 'example') {
    const commitment = commitmentOf(primitives, this.party);
    return this.email.begin({ provider, deviceName: `${this.actor.who.name}'s device`, commitment });
  }

  /** Until the digits are on the page. */
  async visit(providers: FakeProviders) {
    const { ticket } = await this.begin();
    const { state } = must(providers.asked.at(-1), 'a sign-in that was begun');
    return { ticket, page: await comeBack(this.stage, state) };
  }

  /** All of it. */
  async signIn(providers: FakeProviders) {
    const { ticket, page } = await this.visit(providers);
    if (page.kind !== 'ok') throw new Error(`failed: ${page.reason}`);
    const answer = await this.wait(this.email.confirm({ ticket, code: page.code }));
    return { ticket, answer };
  }
}

/** A browser at the address of return. */
export function comeBack(stage: Stage, state: string, provider = 'example') {
  const url = new URL(`https://node.example/oidc/return/${provider}?state=${state}&code=c`);
  return stage.auth.email.returned(provider, url);
}

/** What one side shows for a meeting as it sees it. */
export function digitsOf(meeting: Meeting): string {
  return shortCodeOf(primitives, transcriptOf(primitives, meeting));
}
