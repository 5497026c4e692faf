/** Checks that refuse attacks on the log of a node (`guard.ts`). */

import type { Guard } from './guard.ts';

export const LOG_GUARDS: readonly Guard[] = [
  {
    name: 'a claim that is in no log',
    attack: 'put into no log',
    file: 'core/src/client/watch-claims.ts',
    find: '    isIncluded(primitives, place) &&\n',
    replace: '',
    test: 'core/src/client/node-watch.test.ts',
    title: 'a claim that is in no log',
  },
  {
    name: 'a log that is not proven to have grown',
    attack: 'forked or shortened',
    file: 'core/src/transparency/pin.ts',
    find: '    if (!isConsistent(this.#primitives, claim))',
    replace: '    if (!isConsistent(this.#primitives, claim) && kept.size < 0)',
    test: 'core/src/transparency/pin.test.ts',
    title: 'a fork, a rollback',
  },
  {
    name: 'a shorter log',
    attack: 'forked or shortened',
    file: 'core/src/transparency/pin.ts',
    find: 'if (shown.size < kept.size) return this.#fork(note, `it has ${shown.size} leaves after ${kept.size}`);',
    replace: 'if (shown.size < kept.size) return this.#take(shown);',
    test: 'core/src/transparency/pin.test.ts',
    title: 'a fork, a rollback',
  },
  {
    name: 'another root of as many leaves',
    attack: 'forked or shortened',
    file: 'core/src/transparency/pin.ts',
    find: "return equal(shown.root, kept.root) ? this.#take(shown) : this.#fork(note, 'it has another root');",
    replace: 'return this.#take(shown);',
    test: 'core/src/transparency/pin.test.ts',
    title: 'a fork, a rollback',
  },
  {
    name: 'a fork without an alarm',
    attack: 'forked or shortened',
    file: 'core/src/client/node-watch.ts',
    find: '      return this.#raise(fault, `${answer.kept}\\n\\n${answer.shown}`);',
    replace: '      return this.#pin.checkpoint!;',
    test: 'core/src/client/node-watch.test.ts',
    title: 'a fork is an alarm',
  },
  {
    name: 'a witness that forgets',
    attack: 'forked or shortened',
    file: 'server/src/node/cosign/witness.ts',
    find: '  await memory.keep(node, note);\n',
    replace: '',
    test: 'server/src/node/cosign/witness.test.ts',
    title: 'what grew is remembered',
  },
  {
    name: 'a cosignature on what is no checkpoint of the log',
    attack: 'forked or shortened',
    file: 'server/src/auth/cosignatures.ts',
    find: 'if (size > log.note.size || !equal(root, await log.root(size))) {',
    replace: 'if (size < 0) {',
    test: 'server/src/auth/names-facet.test.ts',
    title: 'cosign',
  },
];
