/** Checks that refuse attacks on signing in with e-mail (`guard.ts`). */

import type { Guard } from './guard.ts';

export const EMAIL_GUARDS: readonly Guard[] = [
  {
    name: 'a return at the address of another provider',
    attack: 'A return from an e-mail provider',
    file: 'server/src/auth/email-desk.ts',
    find: "if (visit.provider !== provider) return this.#fail(visit, 'mismatch');",
    replace: '',
    test: 'server/src/auth/email.test.ts',
    title: 'a return is taken once',
  },
  {
    name: 'a return that counts twice',
    attack: 'A return from an e-mail provider',
    file: 'server/src/auth/email-visits.ts',
    find: "    visit.phase = { at: 'busy' };\n    return { visit, asked };",
    replace: '    this.#byState.set(state, visit);\n    return { visit, asked };',
    test: 'server/src/auth/email.test.ts',
    title: 'E3',
  },
  {
    name: 'a token without the nonce of this sign-in',
    attack: 'identity token with the nonce',
    file: 'server/src/node/oidc-providers.ts',
    find: '      expectedNonce: nonce,\n',
    replace: '',
    test: 'lab/judge/oidc.ts',
    title: '',
  },
  {
    name: 'a code without the verifier of this sign-in',
    attack: 'identity token with the nonce',
    file: 'server/src/node/oidc-providers.ts',
    find: '      pkceCodeVerifier: verifier,\n',
    replace: '',
    test: 'lab/judge/oidc.ts',
    title: '',
  },
  {
    name: 'another key than was committed to',
    attack: 'in the place of the one that signed in',
    file: 'core/src/client/email.ts',
    find: "          throw new Fault('badProof', 'The waiting device has committed to another key.');",
    replace: '          {}',
    test: 'core/src/client/email-attacks.test.ts',
    title: 'a device that is not the one',
  },
  {
    name: 'a device that the log does not state',
    attack: 'in the place of the one that signed in',
    file: 'core/src/client/email.ts',
    find: "      throw new Fault('badProof', 'The node has not stated in its log that this device signed in.');",
    replace: '      {}',
    test: 'core/src/client/email-attacks.test.ts',
    title: 'a device that is not the one',
  },
  {
    name: 'a node whose key was revoked',
    attack: 'in the place of the one that signed in',
    file: 'core/src/client/email.ts',
    find: '    await names.requireNode();\n',
    replace: '',
    test: 'core/src/client/email-attacks.test.ts',
    title: 'a device that is not the one',
  },
];
