/** Permissions as roles that a person can choose between, and as words. */

import { permission } from 'copse/internal/capability/policy.ts';

export type RoleName = 'reader' | 'writer' | 'host';

export interface Role {
  readonly name: RoleName;
  readonly title: string;
  readonly what: string;
  readonly permissions: number;
}

const { read, write, lead, invite, admin } = permission;

const ROLES: readonly Role[] = [
  { name: 'reader', title: 'Reader', what: 'Reads everything here', permissions: read },
  { name: 'writer', title: 'Writer', what: 'Reads and writes', permissions: read | write },
  {
    name: 'host',
    title: 'Host',
    what: 'Reads, writes and invites others',
    permissions: read | write | invite,
  },
];

/** Only what one holds can be handed on (SPEC A9). */
export function rolesWithin(permissions: number): readonly Role[] {
  return ROLES.filter((role) => (role.permissions & ~permissions) === 0);
}

export function may(permissions: number, right: keyof typeof permission): boolean {
  return (permissions & permission[right]) !== 0;
}

/** One word for a member's rights. */
export type RoleWord = 'Admin' | 'Host' | 'Writer' | 'Reader';

export function roleWord(permissions: number): RoleWord {
  if ((permissions & admin) !== 0) return 'Admin';
  if ((permissions & (invite | write)) === (invite | write)) return 'Host';
  if ((permissions & (write | lead)) !== 0) return 'Writer';
  return 'Reader';
}

/** What an invitation lets one do, as the end of "You will be able to …". */
export function rightsWords(permissions: number): string {
  const words = [
    (permissions & read) === 0 ? null : 'read',
    (permissions & write) === 0 ? null : 'write',
    (permissions & invite) === 0 ? null : 'invite others',
    // Who manages a site leads its logs; that needs no word of its own.
    (permissions & (lead | admin)) === lead ? 'lead' : null,
    (permissions & admin) === 0 ? null : 'manage the site',
  ].filter((word) => word !== null);
  const last = words.pop() ?? 'look around';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}
