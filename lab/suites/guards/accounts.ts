/** Checks that refuse attacks on the account tree (`guard.ts`). */

import type { Guard } from './guard.ts';

const MACHINE = 'core/src/social/accounts/apply.ts';
const PROPERTIES = 'core/src/social/accounts/accounts.property.test.ts';

export const ACCOUNT_GUARDS: readonly Guard[] = [
  {
    name: 'accounts out of nothing',
    attack: 'More accounts than',
    file: MACHINE,
    find: '  requireQuota(actor, price);\n',
    replace: '',
    test: PROPERTIES,
    title: 'issued accounts are there',
  },
  {
    name: 'a removal by anybody',
    attack: 'Removing somebody who is not below',
    file: MACHINE,
    find: '  const target = known({ book }, act.target);\n  requireAbove(book, actor, target);\n  const { state } = target;\n',
    replace: '  const target = known({ book }, act.target);\n  const { state } = target;\n',
    test: PROPERTIES,
    title: 'only who is above',
  },
  {
    name: 'a link that acts',
    attack: 'The key of a link',
    file: MACHINE,
    find: "act.kind !== 'replace' && actor.state === 'temporary'",
    replace: "act.kind === 'issue' && actor.state === 'temporary'",
    test: PROPERTIES,
    title: 'whatever the key of a link signs',
  },
  {
    name: 'a key that was replaced',
    attack: 'The key of a link',
    file: MACHINE,
    find: '  if (!equal(actor.key, signer))',
    replace: '  if (actor.place < 0)',
    test: PROPERTIES,
    title: 'a temporary account can be replaced',
  },
  {
    name: 'a session of somebody who was removed',
    attack: 'Coming back after a removal',
    file: 'server/src/auth/sign-up.ts',
    find: "  if ((await accounts.tree.admits(blessing.user)) === false) return { kind: 'over', fault: 'revoked' };\n",
    replace: '',
    test: 'lab/suites/auth.test.ts',
    title: 'a removal ends sessions',
  },
];
