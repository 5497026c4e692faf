/** The real gate: one node at one address, through the SDK. */

import { openCopse } from 'copse';
import type { Copse, Gate, InvitationView, NodeAbout, OpenOptions } from './sdk.ts';

/** Says that this browser has an account, so that the first page knows without opening anything. */
const MEMBER = 'copse/my/member';

export function sdkGate(url: string): Gate {
  return {
    remembers: () => Promise.resolve(localStorage.getItem(MEMBER) !== null),
    async open(options: OpenOptions): Promise<Copse> {
      const copse = await openCopse(url, options);
      localStorage.setItem(MEMBER, copse.user);
      return copse;
    },
    peek(_link: string): Promise<InvitationView> {
      return Promise.reject(new Error('not built yet'));
    },
    async about(): Promise<NodeAbout> {
      const answer = await fetch('/node.json');
      const about: unknown = await answer.json();
      return { version: textIn(about, 'version'), protocol: textIn(about, 'protocol') };
    },
  };
}

function textIn(value: unknown, name: string): string {
  if (typeof value !== 'object' || value === null) return '';
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}
