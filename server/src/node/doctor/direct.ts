/** Looks at how devices reach each other directly, for logs that one of them leads (SPEC V14). */

import { nativePeers } from 'copse/internal/native/native-peers.ts';
import { iceServerUrls, isTurn, openIce } from '../ice.ts';
import { found, noted, warning, type Outcome, type Patient } from './finding.ts';

export async function lookAtDirect({ settings, env }: Patient): Promise<Outcome> {
  // What a node would not start with is said as it would say it.
  openIce(settings, env);
  const { direct, iceServers, turnSecret } = settings;
  if (direct === 'off') return noted('Off: the node carries everything to the leaders of logs.');
  const urls = iceServerUrls(iceServers) ?? [];
  if (urls.some(isTurn) && turnSecret === '') {
    const what = 'TURN servers are named, and no secret from which devices get a password.';
    return found(warning('iceServers', what, 'Set `turnSecret`, unless the servers are open to everybody.'));
  }
  const reach =
    urls.length === 0
      ? 'Devices of one network reach each other; between networks the node carries, until `iceServers` names a STUN or TURN server.'
      : `Devices reach each other with the help of ${urls.length} server${urls.length === 1 ? '' : 's'}.`;
  const isHere = (await nativePeers()) !== null;
  return noted(
    isHere ? reach : `${reach} Programs go through the node: \`node-datachannel\` is not installed here.`,
  );
}
