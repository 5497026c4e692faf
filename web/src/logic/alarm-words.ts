/** The alarm about a node in words: what happened, what it means, what to do (SPEC U25, U35). */

import type { FaultCode } from 'copse/internal/base/fault.ts';

export interface AlarmWords {
  readonly title: string;
  readonly what: string;
  /** Whether a person may go on with the node after she has found out why. */
  readonly mayGoOn: boolean;
}

const REVOKED: AlarmWords = {
  title: 'This node has revoked its own key',
  what: 'Whoever runs it says that the key may be in other hands. That is for good: a node with a new key takes its place.',
  mayGoOn: false,
};

const FORK: AlarmWords = {
  title: 'This node shows something else than before',
  what: 'Either it was set back, to a backup that is older than what this device has seen; or it tells one thing to you and another to others. This device cannot know which. A person has to find out.',
  mayGoOn: true,
};

export function alarmWords(code: FaultCode): AlarmWords {
  return code === 'revoked' ? REVOKED : FORK;
}

export interface Step {
  readonly title: string;
  readonly text: string;
}

/** Before it is known why. */
export const alarmSteps: readonly Step[] = [
  {
    title: 'Do not believe names and keys',
    text: 'that you see here until then. What was sealed before stays sealed.',
  },
  {
    title: 'Revoke nothing and share nothing',
    text: 'on this node until it is explained. Devices that you have ended are ended again by themselves.',
  },
  {
    title: 'Ask who runs the node,',
    text: 'by telephone or in person: was it restored from a backup, and from which day? Show them the evidence below, and tell the others.',
  },
];

/** After a backup was restored, whatever was done since it was made is gone: also what was taken away. */
export const afterSteps: readonly Step[] = [
  {
    title: 'Devices:',
    text: 'look through the list. One that you ended after the backup may be there again.',
  },
  {
    title: 'People and Rights of your sites:',
    text: 'somebody who was removed after the backup may be in again, and a right that was taken back may stand again. Admins take it back once more, and change the key of the site.',
  },
  {
    title: 'Names, addresses, recovery:',
    text: 'what was made after the backup is made anew. Each friend whose recovery this node keeps sets it up again.',
  },
  {
    title: 'If the alarm comes back,',
    text: 'the node has lost the newest key of a site, or of yours. What you wrote stays readable for who has that key; only a newer backup ends the alarm.',
  },
];
