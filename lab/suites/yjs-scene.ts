/** A node and machines in a simulated world, each with an open document (SPEC Y). */

import { permission } from 'copse/internal/api/model.ts';
import type { Copse } from 'copse/internal/client/copse.ts';
import type { Log } from 'copse/internal/client/log.ts';
import type { Site } from 'copse/internal/client/site.ts';
import { CopseProvider, documentCodec } from 'copse-yjs';
import { Doc, type Text } from 'yjs';
import { clientScene, type ClientScene } from './client-scene.ts';
import type { SimMachine } from './sim-machine.ts';

export interface Party {
  readonly machine: SimMachine;
  readonly copse: Copse;
  readonly site: Site;
  readonly log: Log<Uint8Array>;
  readonly doc: Doc;
  readonly text: Text;
  readonly provider: CopseProvider;
}

export interface Scene extends ClientScene {
  /** The machine of a party killed and started again, with another document. */
  readonly again: (party: Party, doc: Doc) => Promise<Party>;
}

export function scene(seed: number, act: (scene: Scene) => Promise<void>): void {
  clientScene(seed, (client) => act({ ...client, again }));
}

async function again(party: Party, doc: Doc): Promise<Party> {
  party.machine.kill();
  const copse = await party.machine.open({});
  const site = copse.sites.get().find(({ id }) => id === party.site.id);
  if (site === undefined) throw new Error('the site is not known any more');
  const next = openParty({ machine: party.machine, copse, site, doc });
  await next.provider.ready;
  return next;
}

function openParty(of: Pick<Party, 'machine' | 'copse' | 'site' | 'doc'>): Party {
  const log = of.site.log('documents/plan', { codec: documentCodec });
  const provider = new CopseProvider(log, of.doc, { awareness: null, timers: of.machine.env });
  return { ...of, log, text: of.doc.getText('text'), provider };
}

const WRITER = permission.read | permission.write;

/** The first founds the site, the others join it. */
export async function partyOf(
  { machine }: Pick<Scene, 'machine'>,
  [first, ...guests]: readonly [string, ...string[]],
  permissions: number = WRITER,
): Promise<Party[]> {
  const founder = machine(first);
  const copse = await founder.open({ name: first });
  const site = await copse.found({ title: 'Garden' });
  const parties = [openParty({ machine: founder, copse, site, doc: new Doc() })];
  for (const name of guests) {
    const guest = machine(name);
    const joined = await guest.open({ name });
    const there = await joined.join(await site.invite({ permissions }));
    parties.push(openParty({ machine: guest, copse: joined, site: there, doc: new Doc() }));
  }
  await Promise.all(parties.map(({ provider }) => provider.ready));
  return parties;
}

export function textOf({ text }: Party): string {
  return text.toJSON();
}
