/** What auth asks of the part of the node that speaks OpenID Connect (SPEC E1-E3). */

import type { EmailFailure } from 'copse/internal/api/email.ts';

export interface EmailProviders {
  readonly list: readonly { readonly id: string; readonly name: string }[];
  /** Begins an authorization; throws `unknown` for another provider and `closed` when it is not reached. */
  start(ask: ProviderAsk): Promise<ProviderStart>;
  /** Redeems what the browser came back with. Never throws. */
  finish(back: ProviderReturn): Promise<ProviderAnswer>;
}

export interface ProviderAsk {
  readonly provider: string;
  /** Single-use; by it the return is found. */
  readonly state: string;
  /** Comes back inside the signed answer. */
  readonly nonce: string;
}

export interface ProviderStart {
  readonly url: string;
  /** The verifier of PKCE. */
  readonly verifier: string;
}

export interface ProviderReturn extends ProviderAsk {
  readonly verifier: string;
  /** The whole address, as the browser asked for it. */
  readonly url: URL;
}

export type ProviderAnswer =
  | { readonly kind: 'ok'; readonly email: string; readonly issuer: string; readonly subject: string }
  | { readonly kind: 'failed'; readonly reason: EmailFailure };

/** A node without providers. */
export const noProviders: EmailProviders = {
  list: [],
  start: () => Promise.reject(new Error('there is no provider to begin with')),
  finish: () => Promise.resolve({ kind: 'failed', reason: 'mismatch' }),
};
