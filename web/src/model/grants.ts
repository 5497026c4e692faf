/** The grants of a site with what its names mean in them, and what one holds oneself. Loaded on request. */

import { createMemo, createResource, createSignal, type Accessor } from 'solid-js';
import { logOfDocument } from '../logic/documents.ts';
import { placesOf } from '../logic/share-form.ts';
import { standing, twigsOf, type Twig } from '../logic/grants.ts';
import type { Copse, GrantRow, Group, HoldingRow } from './sdk.ts';
import type { SiteModel } from './site-model.ts';

export interface GrantsModel {
  readonly me: string;
  readonly site: SiteModel;
  /** Undefined while they are on their way. */
  readonly rows: Accessor<readonly GrantRow[] | undefined>;
  readonly twigs: Accessor<readonly Twig[]>;
  readonly holdings: Accessor<readonly HoldingRow[]>;
  readonly groups: Accessor<readonly Group[]>;
  readonly thrown: Accessor<unknown>;
  /** Everything, folders and logs that can be named. */
  readonly places: Accessor<readonly string[]>;
  /** What a name is called in a right. */
  readonly idOf: (name: string) => string | undefined;
  /** The name of a place in a right, or null when it has none here. */
  readonly placeOf: (resource: string) => string | null;
  /** A grant was taken back here: it and all that stands on it is not shown any more. */
  readonly takenBack: (id: string) => void;
  readonly reload: () => void;
  /** How often it was loaded again: what stands beside the rows is read again with them. */
  readonly version: Accessor<number>;
}

export function createGrants(copse: Copse, site: SiteModel): GrantsModel {
  const [rows, { refetch: again }] = createResource(() => site.site.grants());
  const [own, { refetch: ownAgain }] = createResource(async () => {
    const desk = await copse.rights;
    const [holdings, groups] = await Promise.all([desk.whatHolds(site.id), desk.groups()]);
    return { holdings, groups };
  });
  const [version, setVersion] = createSignal(0);
  const [gone, setGone] = createSignal<ReadonlySet<string>>(new Set());
  const standingRows = createMemo(() => {
    const all = rows.error === undefined ? rows.latest : undefined;
    return all === undefined ? undefined : standing(all, gone());
  });
  const places = () => placesOf([...site.logs(), ...site.documents().map(logOfDocument)]);
  const [ids] = createResource(places, async (names) => {
    const desk = await copse.rights;
    return Promise.all(
      names.map(async (name) => [name, String(await desk.resourceOf(site.id, name))] as const),
    );
  });
  const known = () => (ids.error === undefined ? (ids.latest ?? []) : []);
  return {
    me: copse.user,
    site,
    rows: standingRows,
    twigs: createMemo(() => twigsOf(standingRows() ?? [])),
    holdings: () => (own.error === undefined ? (own.latest?.holdings ?? []) : []),
    groups: () => (own.error === undefined ? (own.latest?.groups ?? []) : []),
    thrown: () => rows.error ?? own.error ?? ids.error,
    places,
    idOf: (name) => (name === '*' ? name : known().find(([called]) => called === name)?.[1]),
    placeOf: (resource) =>
      resource === '*' ? resource : (known().find(([, id]) => id === resource)?.[0] ?? null),
    takenBack: (id) => setGone(new Set([...gone(), id])),
    version,
    reload() {
      setVersion(version() + 1);
      void again();
      void ownAgain();
    },
  };
}
