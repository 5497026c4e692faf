/** The settings of the exchange with other nodes (`settings.ts`). */

import type { Setting } from './settings.ts';

export const EXCHANGE_SETTINGS = {
  exchange: {
    kind: 'boolean',
    initial: true,
    doc: 'Whether the node connects to others, to fetch what people publish there whom its users follow, and to bring mentions there.',
  },
  exchangeBytes: {
    kind: 'number',
    initial: 1_073_741_824,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    doc: 'Bytes of messages that other nodes may fill together, an eighth each; they go before those of users here.',
  },
  exchangeTrusted: {
    kind: 'text',
    initial: '',
    form: (text) =>
      trustedOrigins(text).every(isOrigin) ? null : 'a list of origins, such as wss://node.example:7070',
    doc: 'Origins of other nodes that may also be inside your network, separated by commas: what any user names there is connected to.',
  },
} as const satisfies Record<string, Setting>;

/** The origins of the setting `exchangeTrusted`. */
export function trustedOrigins(text: string): readonly string[] {
  return text.split(/[,\s]+/).filter((origin) => origin !== '');
}

function isOrigin(text: string): boolean {
  return /^wss?:/.test(text) && URL.parse(text)?.origin === text;
}
