/** What the rooms of a member share. */

import { must } from 'copse/internal/base/assert.ts';
import { createContext, useContext, type Accessor } from 'solid-js';
import type { Bell } from '../model/bell.ts';
import type { Reads } from '../model/reads.ts';
import type { Profile, Status } from '../model/sdk.ts';
import type { SiteModel } from '../model/site-model.ts';
import type { StreetDoor } from '../model/street-door.ts';

export interface HouseModel {
  readonly sites: Accessor<readonly SiteModel[]>;
  readonly status: Accessor<Status>;
  readonly profile: Accessor<Profile>;
  readonly isAdmin: Accessor<boolean>;
  readonly reads: Reads;
  readonly bell: Bell;
  readonly street: StreetDoor;
  openHelp(): void;
}

export const HouseContext = createContext<HouseModel>();

export function useHouse(): HouseModel {
  return must(useContext(HouseContext), 'a room of members stands in the house');
}
