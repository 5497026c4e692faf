/**
 * Signing in with OpenID providers (SPEC E1-E3): the code flow with PKCE, by the certified `openid-client`. A
 * provider is discovered when it is first used; its keys are fetched for every sign-in, so that it may change
 * them whenever it likes; what it can do besides (pushed requests, DPoP, `iss` in the return) is used. Each
 * has an address of return of its own, so that a return meant for one is none of another's (RFC 9700, 4.4).
 */

import type { EmailFailure } from 'copse/internal/api/email.ts';
import { assert } from 'copse/internal/base/assert.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import {
  providerAnswerBytesMax,
  providerFreshMs,
  providerMs,
  providerUrlBytesMax,
} from 'copse/internal/base/limits.ts';
import * as oidc from 'openid-client';
import type {
  EmailProviders,
  ProviderAnswer,
  ProviderAsk,
  ProviderReturn,
  ProviderStart,
} from '../auth/email-providers.ts';
import type { ProviderSettings } from './oidc-settings.ts';

export interface OidcOptions {
  readonly providers: readonly ProviderSettings[];
  readonly env: Env;
  /** The public origin of the node; known when it listens. */
  readonly origin: () => string;
}

interface Discovered {
  readonly metadata: oidc.ServerMetadata;
  readonly atMs: number;
}

const SECONDS = 1000;
const SCOPE = 'openid email';

export class OidcProviders implements EmailProviders {
  readonly list: readonly { readonly id: string; readonly name: string }[];
  readonly #options: OidcOptions;
  readonly #discoveredById = new Map<string, Discovered>();

  constructor(options: OidcOptions) {
    this.#options = options;
    this.list = options.providers.map(({ id, name }) => ({ id, name }));
  }

  async start({ provider: id, state, nonce }: ProviderAsk): Promise<ProviderStart> {
    const provider = this.#provider(id);
    if (provider === undefined) throw new Fault('unknown', 'a provider');
    const verifier = oidc.randomPKCECodeVerifier();
    const parameters = {
      redirect_uri: this.#returnOf(id),
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    try {
      const config = await this.#configOf(provider);
      const isPushed = config.serverMetadata().pushed_authorization_request_endpoint !== undefined;
      const url = isPushed
        ? await oidc.buildAuthorizationUrlWithPAR(config, parameters)
        : oidc.buildAuthorizationUrl(config, parameters);
      if (url.href.length > providerUrlBytesMax) throw new Fault('tooLarge', 'the address of the provider');
      return { url: url.href, verifier };
    } catch (cause) {
      this.#discoveredById.delete(id);
      this.#log(id, 'begin', cause);
      throw new Fault('closed', `The provider ${provider.name} does not answer as it should.`, { cause });
    }
  }

  async finish(back: ProviderReturn): Promise<ProviderAnswer> {
    try {
      return await this.#redeem(back);
    } catch (thrown) {
      const reason = reasonOf(thrown);
      if (reason !== 'denied') this.#log(back.provider, reason, thrown);
      return { kind: 'failed', reason };
    }
  }

  async #redeem({ provider: id, url, state, nonce, verifier }: ProviderReturn): Promise<ProviderAnswer> {
    const provider = this.#provider(id);
    if (provider === undefined) return { kind: 'failed', reason: 'mismatch' };
    const config = await this.#configOf(provider);
    const usesDpop = (config.serverMetadata().dpop_signing_alg_values_supported ?? []).includes('ES256');
    const options = usesDpop
      ? { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256')) }
      : {};
    // What came in is taken for its query only: a proxy may have changed the rest.
    const current = new URL(`${this.#returnOf(id)}${url.search}`);
    const checks = {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    };
    const tokens = await oidc.authorizationCodeGrant(config, current, checks, {}, options);
    const claims = tokens.claims();
    if (claims === undefined) return { kind: 'failed', reason: 'mismatch' };
    const own = emailIn(claims);
    const found = own ?? emailIn(await oidc.fetchUserInfo(config, tokens.access_token, claims.sub, options));
    if (found === null) return { kind: 'failed', reason: 'unverified' };
    return { kind: 'ok', email: found, issuer: claims.iss, subject: claims.sub };
  }

  #provider(id: string): ProviderSettings | undefined {
    return this.#options.providers.find((provider) => provider.id === id);
  }

  #returnOf(id: string): string {
    return `${this.#options.origin()}/oidc/return/${id}`;
  }

  /** A configuration of its own for each sign-in: keys of the provider that another has fetched may be old. */
  async #configOf(provider: ProviderSettings): Promise<oidc.Configuration> {
    const { clientId, clientSecret, issuer } = provider;
    const metadata = await this.#metadataOf(provider);
    const authentication = clientSecret === null ? oidc.None() : authenticationOf(metadata, clientSecret);
    const config = new oidc.Configuration(structuredClone(metadata), clientId, {}, authentication);
    config.timeout = providerMs / SECONDS;
    config[oidc.customFetch] = boundedFetch;
    // For tests of providers: the settings allow plain http on loopback alone.
    if (issuer.protocol === 'http:') oidc.allowInsecureRequests(config);
    oidc.enableNonRepudiationChecks(config);
    return config;
  }

  async #metadataOf({ id, issuer, clientId }: ProviderSettings): Promise<oidc.ServerMetadata> {
    const { env } = this.#options;
    const known = this.#discoveredById.get(id);
    if (known !== undefined && env.nowMs() - known.atMs < providerFreshMs) return known.metadata;
    const execute = issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
    const found = await oidc.discovery(issuer, clientId, {}, oidc.None(), {
      execute,
      timeout: providerMs / SECONDS,
      [oidc.customFetch]: boundedFetch,
    });
    // As it came: without the helper functions that a clone would refuse.
    const metadata: oidc.ServerMetadata = JSON.parse(JSON.stringify(found.serverMetadata()));
    requireSafe(issuer, metadata);
    this.#discoveredById.set(id, { metadata, atMs: env.nowMs() });
    return metadata;
  }

  /** Codes only: messages may hold what a provider sent. */
  #log(provider: string, what: string, thrown: unknown): void {
    this.#options.env.log('warn', 'oidc', { provider, what, code: codeOf(thrown) });
  }
}

function authenticationOf(metadata: oidc.ServerMetadata, secret: string): oidc.ClientAuth {
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return methods.includes('client_secret_basic') || !methods.includes('client_secret_post')
    ? oidc.ClientSecretBasic(secret)
    : oidc.ClientSecretPost(secret);
}

/** A provider that is reached safely sends nobody to a place that is not. */
function requireSafe(issuer: URL, metadata: oidc.ServerMetadata): void {
  const { authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint } = metadata;
  for (const place of [authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint]) {
    if (place === undefined) continue;
    if (URL.parse(place)?.protocol !== issuer.protocol) throw new Fault('malformed', 'a provider in clear');
  }
}

/** The address, when the provider says that it has been verified. */
function emailIn(claims: Readonly<Record<string, unknown>>): string | null {
  const { email, email_verified: isVerified } = claims;
  return typeof email === 'string' && isVerified === true ? email : null;
}

function reasonOf(thrown: unknown): EmailFailure {
  if (thrown instanceof oidc.AuthorizationResponseError)
    return thrown.error === 'access_denied' ? 'denied' : 'mismatch';
  const code = codeOf(thrown);
  const isAway = thrown instanceof TypeError || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT';
  return isAway && code !== 'OAUTH_INVALID_RESPONSE' ? 'unreachable' : 'mismatch';
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
}

/** An answer of bounded size. Redirects are not followed: `openid-client` asks for that. */
async function boundedFetch(url: string, options: oidc.CustomFetchOptions): Promise<Response> {
  const { body, headers, method, redirect, signal } = options;
  const isForm = body instanceof URLSearchParams;
  assert(isForm || body === undefined || body === null, 'a provider is sent forms only');
  const answer = await fetch(url, {
    body: isForm ? body : null,
    headers,
    method,
    redirect,
    signal: signal ?? AbortSignal.timeout(providerMs),
  });
  const bytes = await bounded(answer);
  const isEmpty = [204, 205, 304].includes(answer.status);
  return new Response(isEmpty ? null : bytes, {
    status: answer.status,
    headers: answer.headers,
  });
}

async function bounded(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > providerAnswerBytesMax) throw new Fault('tooLarge', 'the answer of a provider');
    parts.push(part);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
