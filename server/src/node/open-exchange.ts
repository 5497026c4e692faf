/** The exchange with other nodes, in the process that keeps the messages. */

import type { Env } from 'copse/internal/base/env.ts';
import type { Peer } from 'copse/internal/social/peer/peer.ts';
import { nodeDialer } from '../peer/exchange/dialer.ts';
import { Exchange } from '../peer/exchange/exchange.ts';
import { nodeKnock } from '../peer/exchange/knocking.ts';
import { ExchangeStore } from '../store/exchange.ts';
import type { Figure } from './metrics.ts';
import type { Ground } from './open-auth.ts';
import type { Settings } from './settings.ts';
import { trustedOrigins } from './settings-exchange.ts';

export function openExchange(
  { exchangeBytes, exchangeTrusted }: Settings,
  env: Env,
  { paths, primitives, node, peer }: Ground & { readonly peer: Peer },
): Exchange {
  return new Exchange({
    env,
    peer,
    store: new ExchangeStore(paths.exchange),
    node: node.publicKey,
    isUser: async (user) => (await peer.options.standing(user)).kind === 'friend',
    connect: nodeDialer({ env, primitives, node, trusted: trustedOrigins(exchangeTrusted) }),
    knock: nodeKnock({ env, primitives }),
    bytesMax: exchangeBytes,
  });
}

export function exchangeFigures(exchange: Exchange): readonly Figure[] {
  const { nodes, connected, followed, taken, refused, waiting, brought, lost, bytes, ...compares } =
    exchange.figures();
  const { compared, missing, comparedBytes } = compares;
  return [
    { name: 'exchangeNodes', unit: '', value: String(nodes) },
    { name: 'exchangeConnected', unit: '', value: String(connected) },
    { name: 'exchangeFollowed', unit: '', value: String(followed) },
    { name: 'exchangeBytes', unit: 'bytes', value: String(bytes) },
    { name: 'exchangeWaiting', unit: '', value: String(waiting) },
    { name: 'exchangeTakenTotal', unit: '', value: String(taken) },
    { name: 'exchangeRefusedTotal', unit: '', value: String(refused) },
    { name: 'exchangeBroughtTotal', unit: '', value: String(brought) },
    { name: 'exchangeLostTotal', unit: '', value: String(lost) },
    { name: 'exchangeComparedTotal', unit: '', value: String(compared) },
    { name: 'exchangeComparedBytesTotal', unit: 'bytes', value: String(comparedBytes) },
    { name: 'exchangeMissingTotal', unit: '', value: String(missing) },
  ];
}
