/**
 * Connects to another node where somebody has said that it is (SPEC Z81): the name is resolved, its addresses are
 * checked, and the connection goes to one of those and to nothing else; the certificate is that of the name, and
 * the handshake proves the key. This node shows its own key there, and no user's blessing.
 */

import { isIP, isIPv6 } from 'node:net';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { peerApi } from 'copse/internal/api/peer.ts';
import { strangersApi } from 'copse/internal/api/strangers.ts';
import { sealedLink } from 'copse/internal/client/auth-session.ts';
import { Heartbeat, Pulse } from 'copse/internal/client/heartbeat.ts';
import { socketLink } from 'copse/internal/client/socket-link.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { originOfPeer, type PeerAddress } from 'copse/internal/social/exchange/address.ts';
import type { Identity } from 'copse/internal/social/handshake-keys.ts';
import { addressesOfHost, allowedAddresses, isPublicName, type Resolve } from '../../net/allowed.ts';
import type { Connect } from './connect.ts';

export interface DialerOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly node: Identity;
  /** Origins that may be anything, also inside the network of this node: as wss://node.example:7070. */
  readonly trusted: readonly string[];
  readonly resolve?: Resolve;
  /** Certificate authority instead of those of the machine, for tests. */
  readonly authority?: string;
}

export function nodeDialer(options: DialerOptions): Connect {
  const { env, primitives, node } = options;
  return async (address, events) => {
    const at = await whereTo(options, address);
    let trouble: Fault | null = null;
    const link = socketLink(() => {
      const socket = openSocket(address, at, options.authority);
      socket.addEventListener('error', (event) => (trouble = faultOfTls(address.host, event)));
      return socket;
    });
    const sealed = await sealedLink({
      env,
      primitives,
      link,
      node: address.key,
      device: node,
      blessing: null,
    }).catch((thrown: unknown) => {
      throw trouble ?? thrown;
    });
    const pulse = new Pulse(sealed);
    const dialed = dial(peerApi, pulse, events, env);
    const heartbeat = new Heartbeat({
      env,
      pulse,
      ping: (deadlineMs) => dialed.ping(deadlineMs),
      onDead: () => dialed.close(new Fault('deadline', 'the other node does not answer')),
    });
    const ended = dialed.ended.finally(() => heartbeat.stop());
    const doorstep = dialed.facet(strangersApi, {});
    return { remote: dialed.remote, doorstep, ended, close: () => dialed.close() };
  };
}

/** What was wrong with TLS: only then has the error of a socket a code. A close says nothing of it (1006). */
function faultOfTls(host: string, event: Event): Fault | null {
  const error: unknown = 'error' in event ? event.error : null;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '') return null;
  const wanted =
    'The certificate must be one for that name, in force, from an authority that this machine trusts.';
  return new Fault('wrongPeer', `${host} has not proven its name (${code}). ${wanted}`);
}

/** The IP address to which the connection goes; `forbidden` where none may be used. */
export async function whereTo(
  { env, trusted, resolve }: Pick<DialerOptions, 'env' | 'trusted' | 'resolve'>,
  address: PeerAddress,
): Promise<string> {
  const { host } = address;
  const isTrusted = trusted.includes(originOfPeer(address));
  if (!isTrusted && isIP(host) === 0 && !isPublicName(host))
    throw new Fault('forbidden', `${host} is no name of the public Internet.`);
  const allowed = allowedAddresses({ host, isTrusted }, await addressesOfHost(host, resolve));
  const chosen = allowed[Math.floor(env.chance() * allowed.length)];
  if (chosen === undefined) throw new Fault('closed', `${host} has no address.`);
  return chosen;
}

function openSocket(
  { isSecure, host, port, path }: PeerAddress,
  at: string,
  authority: string | undefined,
): WebSocket {
  const place = isIPv6(at) ? `[${at}]` : at;
  const named = isIP(host) === 0 ? { serverName: host } : {};
  const url = `${isSecure ? 'wss' : 'ws'}://${place}:${port}${path}/peer`;
  const options: Bun.WebSocketOptions = {
    headers: { Host: isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}` },
    ...(isSecure ? { tls: { ...named, ...(authority === undefined ? {} : { ca: authority }) } } : {}),
  };
  // The types of browsers, which stand here, know of no options.
  const socket: WebSocket = Reflect.construct(WebSocket, [url, options]);
  return socket;
}
