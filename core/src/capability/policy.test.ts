/** Rights as a lattice. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { permission as permissionOfContracts, permissionsAll as allOfContracts } from '../api/model.ts';
import { logId } from '../base/ids.ts';
import {
  delegationsMax,
  isAtMost,
  mayHandOn,
  permission,
  permissionsAll,
  permits,
  type Rights,
} from './policy.ts';

const LOG = logId('11'.repeat(16));
const OTHER = logId('22'.repeat(16));
const ALL: Rights = {
  permissions: permissionsAll,
  resource: '*',
  delegations: delegationsMax,
  notBeforeMs: 0,
  expiresMs: 0,
  quota: 0,
};

const rights: fc.Arbitrary<Rights> = fc.record({
  permissions: fc.integer({ min: 1, max: permissionsAll }),
  resource: fc.constantFrom('*' as const, LOG, OTHER),
  delegations: fc.integer({ min: 0, max: delegationsMax }),
  notBeforeMs: fc.nat(3),
  expiresMs: fc.constantFrom(0, 4, 5, 6),
  quota: fc.nat(3),
});

test('[A9] every dimension is compared: more in one alone is more', () => {
  const some: Rights = {
    permissions: permission.read | permission.write,
    resource: LOG,
    delegations: 2,
    notBeforeMs: 10,
    expiresMs: 20,
    quota: 3,
  };
  equal(isAtMost(some, some), true);
  equal(isAtMost(some, ALL), true);
  const more: Partial<Rights>[] = [
    { permissions: some.permissions | permission.admin },
    { permissions: permission.lead },
    { resource: '*' },
    { resource: OTHER },
    { delegations: 3 },
    { notBeforeMs: 9 },
    { expiresMs: 21 },
    { expiresMs: 0 },
    { quota: 4 },
    { quota: 0 },
  ];
  for (const part of more) equal(isAtMost({ ...some, ...part }, some), false, JSON.stringify(part));
  const less: Partial<Rights>[] = [
    { permissions: permission.read },
    { delegations: 0 },
    { notBeforeMs: 11 },
    { expiresMs: 19 },
    { quota: 1 },
  ];
  for (const part of less) equal(isAtMost({ ...some, ...part }, some), true, JSON.stringify(part));
});

test('[A9] the bits of a grant are the bits of the contracts', () => {
  deepEqual(permission, permissionOfContracts);
  equal(permissionsAll, allOfContracts);
});

test('[A9] no permission implies another', () => {
  for (const a of Object.values(permission)) {
    for (const b of Object.values(permission)) {
      equal(isAtMost({ ...ALL, permissions: a }, { ...ALL, permissions: b }), a === b);
    }
  }
});

test('[A9] "at most" is a partial order with all rights on top', () => {
  fc.assert(
    fc.property(rights, rights, rights, (a, b, c) => {
      equal(isAtMost(a, a), true);
      equal(isAtMost(a, ALL), true);
      if (isAtMost(a, b) && isAtMost(b, c)) equal(isAtMost(a, c), true);
      if (isAtMost(a, b) && isAtMost(b, a)) equal(JSON.stringify(a), JSON.stringify(b));
    }),
    { numRuns: 3_000 },
  );
});

test('[A9] whatever is permitted by less is permitted by more', () => {
  fc.assert(
    fc.property(rights, rights, fc.nat(permissionsAll), (a, b, wanted) => {
      for (const log of [LOG, OTHER]) {
        if (isAtMost(a, b) && permits(a, wanted, log)) equal(permits(b, wanted, log), true);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('[A9] handing on costs a re-delegation and widens nothing', () => {
  fc.assert(
    fc.property(rights, rights, (held, given) => {
      if (!mayHandOn(held, given)) return;
      equal(isAtMost(given, held), true);
      equal(given.delegations < held.delegations, true);
    }),
    { numRuns: 3_000 },
  );
  equal(mayHandOn(ALL, ALL), false);
  equal(mayHandOn(ALL, { ...ALL, delegations: delegationsMax - 1 }), true);
  equal(mayHandOn({ ...ALL, delegations: 0 }, { ...ALL, delegations: 0 }), false);
});

test('[A9] a right on one log permits nothing on another', () => {
  const reader = { ...ALL, permissions: permission.read };
  equal(permits(reader, permission.read, LOG), true);
  equal(permits(reader, permission.write, LOG), false);
  equal(permits(reader, permission.read | permission.write, LOG), false);
  equal(permits({ ...reader, resource: LOG }, permission.read, LOG), true);
  equal(permits({ ...reader, resource: LOG }, permission.read, OTHER), false);
});
