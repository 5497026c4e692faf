/**
 * Which of the addresses that a device could be reached at are told to another one, and which of another one's are
 * tried (SPEC V14; RFC 8839 for their form). A host's addresses say where somebody is; behind names of multicast
 * DNS (RFC 8828) or a relay they do not.
 */

import type { Ice } from '../api/lead.ts';

type Policy = Ice['policy'];

/** `candidate:1 1 UDP 2122 192.0.2.1 5000 typ srflx raddr 10.0.0.1 rport 5001` with or without `a=`. */
const CANDIDATE = /^(?:a=)?candidate:\S+ \d+ (\S+) \d+ (\S+) \d+ typ (host|srflx|prflx|relay)(?: |$)/i;

/** The candidate as it may be told or tried under a policy, or null. */
export function permitted(policy: Policy, candidate: string): string | null {
  const parts = CANDIDATE.exec(candidate.trim());
  if (parts === null) return null;
  const [, , address = '', type = ''] = parts;
  if (isNowhere(address)) return null;
  if (policy === 'all') return candidate;
  if (policy === 'relay' && type !== 'relay') return null;
  if (policy === 'masked' && type === 'host' && !address.endsWith('.local')) return null;
  // Where it was reflected from, or relayed to, is an address of the host.
  return candidate.replace(/ raddr \S+ rport \d+/i, ' raddr 0.0.0.0 rport 0');
}

/** Addresses that belong to no single device. */
function isNowhere(address: string): boolean {
  if (/^(0\.|22[4-9]\.|23\d\.|255\.255\.255\.255$)/.test(address)) return true;
  return /^(::|ff[0-9a-f]{2}:.*)$/i.test(address);
}

/** A description (RFC 8866) without the candidates that the policy holds back. */
export function permittedDescription(policy: Policy, description: string): string {
  const kept = description.split(/\r?\n/).flatMap((line) => {
    if (!line.startsWith('a=candidate:')) return [line];
    return permitted(policy, line) ?? [];
  });
  return kept.join('\r\n');
}
