/** Why a node has not taken a post, and what to do, in words for who wrote it (SPEC U44). */

import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { asFault, FAULTS, type FaultCode } from 'copse/internal/base/fault.ts';
import { peerClockAheadMs } from 'copse/internal/base/limits-peer.ts';

export interface RefusalWords {
  readonly code: FaultCode;
  readonly title: string;
  readonly hint: string;
}

const WORDS: Partial<Record<FaultCode, Pick<RefusalWords, 'title' | 'hint'>>> = {
  closed: {
    title: 'Not posted: the node cannot be reached',
    hint: 'Nothing waits in between: post it when the connection is back.',
  },
  deadline: {
    title: 'Not posted: the node did not answer in time',
    hint: 'Look whether it is there before you post it again.',
  },
  forbidden: {
    title: 'Not posted: this node takes no posts of yours',
    hint: 'Ask somebody who has an account here for an invitation.',
  },
  full: {
    title: 'Not posted: your account here is full',
    hint: 'Take something back, or let older posts go that you keep.',
  },
  expired: {
    title: 'Not posted: it is older than what your account can hold',
    hint: 'Look at the clock of this device, or take something back.',
  },
};

const CLOCK = {
  title: 'Not posted: the clock of this device is ahead',
  hint: 'Set it by the network and post it again.',
};

/** `aheadMs`: by how much the clock of this device is ahead of the node's. */
export function refusalWords(thrown: unknown, aheadMs = 0): RefusalWords {
  const { code } = asFault(thrown);
  if (code === 'malformed' && aheadMs > peerClockAheadMs) return { code, ...CLOCK };
  const { title, hint } = WORDS[code] ?? {
    title: `Not posted: ${FAULTS[code].what}`,
    hint: FAULT_HELP[code].hint,
  };
  return { code, title, hint };
}
