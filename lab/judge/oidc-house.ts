/**
 * The house of a provider on loopback: the certified `oidc-provider` behind a door that can be shut, change
 * answers on their way and show other keys. The provider itself stays as it is; its user is whoever the
 * judge says has typed the password.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { must } from 'copse/internal/base/assert.ts';
import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import { Provider, type Context } from 'oidc-provider';

export interface Claims {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: unknown;
}

export interface HouseOptions {
  /** Asks for pushed requests and speaks DPoP. */
  readonly isStrict: boolean;
}

/** Changes what the provider answers at a path, or lets it be. */
export type Spoil = (path: string, answer: Response) => Promise<Response>;

export interface Seen {
  readonly path: string;
  readonly headers: Headers;
}

export const CLIENT = 'copse';
export const OTHER_CLIENT = 'another';
/** Nothing of ours may ever print it. */
export const SECRET = 'the-client-secret-of-the-judge';
const INTERACTION = '/interaction/';

export class House implements AsyncDisposable {
  readonly #inside: Server;
  readonly #door: Bun.Server<undefined>;
  readonly #options: HouseOptions;
  #redirects: readonly string[] = [];
  #provider: Provider | null = null;
  #callback: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null = null;
  /** Who is at the keyboard. */
  claims: Claims = { sub: 'ada', email: 'ada@example.org', email_verified: true };
  /** She presses cancel instead. */
  isRefusing = false;
  /** Nobody answers. */
  isShut = false;
  spoil: Spoil | null = null;
  readonly seen: Seen[] = [];
  key: { readonly privateKey: CryptoKey; readonly jwk: JWK } | null = null;

  private constructor(inside: Server, options: HouseOptions) {
    this.#inside = inside;
    this.#options = options;
    const address = must(inside.address(), 'the provider listens');
    const target = typeof address === 'string' ? address : `http://127.0.0.1:${address.port}`;
    this.#door = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => this.#pass(request, target),
    });
  }

  static async open(options: HouseOptions): Promise<House> {
    const inside = createServer((request, response) => void house.#answer(request, response));
    inside.listen(0, '127.0.0.1');
    await once(inside, 'listening');
    const house = new House(inside, options);
    return house;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#door.port}`;
  }

  /** Opens the provider for these addresses of return. */
  async furnish(redirects: readonly string[]): Promise<void> {
    this.#redirects = redirects;
    await this.rotate();
  }

  /** The provider signs with a new key from now on, and shows no other. */
  async rotate(): Promise<void> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const kid = crypto.randomUUID();
    const jwk = { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
    this.key = { privateKey, jwk };
    this.#provider = new Provider(this.issuer, this.#configuration(jwk));
    this.#provider.proxy = true;
    this.#callback = this.#provider.callback();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#door.stop(true);
    this.#inside.close();
  }

  #configuration(jwk: JWK): Readonly<Record<string, unknown>> {
    const { isStrict } = this.#options;
    const client = (client_id: string) => ({
      client_id,
      client_secret: SECRET,
      redirect_uris: this.#redirects,
      grant_types: ['authorization_code'],
      response_types: ['code'],
    });
    return {
      clients: [client(CLIENT), client(OTHER_CLIENT)],
      jwks: { keys: [jwk] },
      cookies: { keys: ['a key of the cookies of this run'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'] },
      // The strict one puts the address into the signed token itself, the other one shows it on request.
      conformIdTokenClaims: !isStrict,
      features: {
        devInteractions: { enabled: false },
        pushedAuthorizationRequests: { enabled: isStrict, requirePushedAuthorizationRequests: isStrict },
        dPoP: { enabled: isStrict },
      },
      interactions: { url: (_: unknown, { uid }: { readonly uid: string }) => `${INTERACTION}${uid}` },
      findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => this.claims }),
      loadExistingGrant: consent,
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provider = must(this.#provider, 'a furnished house');
    if (request.url?.startsWith(INTERACTION) !== true) {
      await must(this.#callback, 'a furnished house')(request, response);
      return;
    }
    const result = this.isRefusing
      ? { error: 'access_denied', error_description: 'cancelled' }
      : { login: { accountId: this.claims.sub } };
    await provider.interactionFinished(request, response, result);
  }

  async #pass(request: Request, target: string): Promise<Response> {
    if (this.isShut) return new Response('shut', { status: 503 });
    const url = new URL(request.url);
    this.seen.push({ path: url.pathname, headers: request.headers });
    const headers = new Headers(request.headers);
    headers.set('x-forwarded-host', url.host);
    headers.set('x-forwarded-proto', 'http');
    const body = request.method === 'POST' ? await request.text() : null;
    const asked = { method: request.method, headers, body, redirect: 'manual' as const };
    const answer = await fetch(`${target}${url.pathname}${url.search}`, asked);
    return this.spoil === null ? answer : this.spoil(url.pathname, answer);
  }
}

/** Nobody is asked a second time whether the node may see her address. */
async function consent({ oidc }: Context): Promise<unknown> {
  const accountId = oidc.session?.accountId;
  const clientId = oidc.client?.clientId;
  if (accountId === undefined || clientId === undefined) return undefined;
  const grant = new oidc.provider.Grant({ accountId, clientId });
  grant.addOIDCScope('openid email');
  await grant.save();
  return grant;
}
