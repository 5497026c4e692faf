/**
 * What a face asks of the home beside founding, writing and reading: acts on sites, on the profile, on
 * devices and rights. Loaded with the first of them, because most sessions come to none.
 */

import { authActs, type AuthActs } from '../api/auth-acts.ts';
import { attendApi } from './attend-api.ts';
import type { Home } from './home.ts';
import type { HomeApi } from './home-api.ts';
import { linkText } from './links.ts';
import { changeLabel, invitationLink, invite, join, lookAt, type SiteActParts } from './site-acts.ts';

/** The calls that are acts. */
export type ActName =
  | 'peek'
  | 'join'
  | 'updateProfile'
  | 'devices'
  | 'renameDevice'
  | 'revokeDevice'
  | 'figures'
  | 'passNames'
  | 'keepProof'
  | 'proofs'
  | 'tagsOf'
  | 'passFacet'
  | 'rename'
  | 'addLog'
  | 'invite'
  | 'rotate'
  | 'handing'
  | 'lock'
  | 'keyState'
  | 'invitations'
  | 'withdraw'
  | 'members'
  | 'leave';

type Request<Name extends ActName> = Parameters<HomeApi[Name]>[0];
type Answer<Name extends ActName> = Awaited<ReturnType<HomeApi[Name]>>;

export type HomeActs = {
  readonly [Name in ActName]: (home: Home, request: Request<Name>) => Promise<Answer<Name>>;
};

const NOTHING = {};

/** The calls of auth that are acts; waits until the node can be reached. */
async function callsOf(home: Home): Promise<AuthActs> {
  return (await home.connections.authSession()).facet(authActs, {});
}

async function actsOf(home: Home): Promise<SiteActParts> {
  return { ...(await home.acts()), acts: await callsOf(home) };
}

export const homeActs: HomeActs = {
  peek: async (home, { link }) => {
    const { seed } = invitationLink(link, home.account.node);
    const acts = await actsOf(home);
    return lookAt({ ...acts, device: acts.identity.deviceKey.publicKey }, seed);
  },
  join: async (home, { link }) => {
    const { seed } = invitationLink(link, home.account.node);
    return { site: await home.keys.settled(join(await actsOf(home), seed)) };
  },
  updateProfile: async (home, { changes }) => {
    const { account, connections } = home;
    const answer = await (await callsOf(home)).updateProfile({ version: account.version, changes });
    // The node may have adjusted what it took, so it is asked what there is now.
    if (answer.kind === 'ok') await home.refreshProfile(await connections.auth());
    else await account.update({ version: answer.version, profile: { ...answer.profile } });
    home.tellAccount();
    return { kind: answer.kind, comments: answer.comments };
  },
  devices: async (home) => (await callsOf(home)).devices({}),
  renameDevice: async (home, request) => (await home.connections.auth()).renameDevice(request),
  revokeDevice: async (home, request) => {
    await (await callsOf(home)).revokeDevice(request);
    const { noteEnded } = await import('./user-keys.ts');
    await noteEnded(home.options.keep, request.device);
    // Other sessions are told by the node; what this one has to do now is the next key of its user.
    home.keys.wake(null);
    return NOTHING;
  },
  figures: async (home) => (await callsOf(home)).figures({}),
  passNames: async (home, { number, bytes }) => {
    const watch = await home.watch.get();
    return { bytes: await watch.call(number, bytes.slice()) };
  },
  keepProof: async (home, { proof }) => {
    const kept = await (await home.identity.proofs.shelf()).keep(proof.slice());
    for (const log of home.logsOf(kept.site)) log.reconsider();
    return kept;
  },
  proofs: async (home, { forget }) => {
    const shelf = await home.identity.proofs.shelf();
    if (forget !== null) await shelf.forget(forget);
    return shelf.list();
  },
  tagsOf: async (home, { site, name }) => {
    const { keys } = home.directory.require(site);
    return { log: keys.logId(name), folder: keys.folder(name) };
  },
  passFacet: async (home, request) => {
    if (request.number >= attendApi.calls.look.number) {
      const { HomeAttention } = await import('./home-attention.ts');
      const attention = await (home.attention ??= HomeAttention.open(home));
      return { bytes: await attention.hear(request.number, request.bytes.slice()) };
    }
    const { carry } = await import('./facet-tunnel.ts');
    const asked = { number: request.number, bytes: request.bytes.slice() };
    const session = await home.connections.authSession();
    const { takingBack } = await import('./taken-back.ts');
    const { listening } = await import('./listening.ts');
    const { keep } = home.options;
    const asking = (): Promise<Uint8Array> => takingBack(keep, asked, () => carry(session, asked));
    const call = { number: asked.number, carry: asking };
    return { bytes: await listening(keep, call, async () => (await home.keys.get()).tags.now()) };
  },
  rename: async (home, { site, title }) => {
    const acts = await actsOf(home);
    await changeLabel(acts, site, (label) => (label.title === title ? label : { ...label, title }));
    return NOTHING;
  },
  addLog: async (home, { site, name }) => {
    await changeLabel(await actsOf(home), site, (label) =>
      label.logs.includes(name) ? label : { ...label, logs: [...label.logs, name] },
    );
    return NOTHING;
  },
  invite: async (home, { site, permissions, days }) => {
    await home.keys.prepareInvitation(site);
    const acts = await actsOf(home);
    const seed = await invite(acts, acts.directory.require(site), { permissions, days });
    const { url, node } = home.account;
    return { link: linkText({ kind: 'join', origin: url, node, seed }) };
  },
  rotate: (home, asked) => home.keys.rotate(asked),
  handing: async (home) => (await import('./handed.ts')).handing(home),
  lock: async (home, asked) => (await import('./at-rest.ts')).changeLock(home.options.keep, asked),
  keyState: (home, { site }) => home.keys.state(site),
  invitations: async (home, request) => (await callsOf(home)).invitations(request),
  withdraw: async (home, request) => (await callsOf(home)).withdraw(request),
  members: async (home, request) => (await callsOf(home)).members(request),
  leave: async (home, { site }) => {
    await (await callsOf(home)).leave({ site });
    await home.directory.forget(site);
    return NOTHING;
  },
};
