/** Checks that refuse attacks by who has no account (`guard.ts`). */

import type { Guard } from './guard.ts';

const ATTACKS = 'core/src/social/strangers/attacks.test.ts';
const MACHINE = 'core/src/social/strangers/strangers.ts';

export const STRANGERS_GUARDS: readonly Guard[] = [
  {
    name: 'work for somebody else',
    attack: 'Work for another message',
    file: 'core/src/crypto/work.ts',
    find: 'separated(WORK, id, node, recipient, new',
    replace: 'separated(WORK, id, node, node, new',
    test: ATTACKS,
    title: 'work for another message',
  },
  {
    name: 'more bits than worked',
    attack: 'claims more than was worked',
    file: 'core/src/crypto/work.ts',
    find: '>= bits;\n}',
    replace: '>= 0;\n}',
    test: ATTACKS,
    title: 'that claims more',
  },
  {
    name: 'a stamp that is over',
    attack: 'claims more than was worked',
    file: MACHINE,
    find: 'if (expiresMs <= nowMs)',
    replace: 'if (expiresMs < 0)',
    test: ATTACKS,
    title: 'that claims more',
  },
  {
    name: 'luck',
    attack: 'claims more than was worked',
    file: MACHINE,
    find: '    if (stamp.bits < plainBits(asked)) return this.#tooLittle(asked);\n',
    replace: '',
    test: ATTACKS,
    title: 'luck does not help',
  },
  {
    name: 'what was declined',
    attack: 'stamp that is shown again',
    file: 'core/src/social/strangers/store.ts',
    find: '      this.#sql.answer.run(seq);\n      this.#sql.forget',
    replace: '      this.#sql.remove.run(seq);\n      this.#sql.forget',
    test: ATTACKS,
    title: 'a stamp that is shown again',
  },
  {
    name: 'a queue of the least work',
    attack: 'stuffed',
    file: 'core/src/social/strangers/store.ts',
    find: 'row.bits >= bits',
    replace: 'row.bits > bits',
    test: 'core/src/social/strangers/strangers.test.ts',
    title: 'fifty wait',
  },
  {
    name: 'signatures at will',
    attack: 'flood of strangers',
    file: MACHINE,
    find: 'if (this.#signatures.take(this.options.env.nowMs()) > 0)',
    replace: 'if (false)',
    test: ATTACKS,
    title: 'however much somebody works',
  },
  {
    name: 'who was kept away',
    attack: 'kept away',
    file: MACHINE,
    find: ' || strangers.isAway(to, from)',
    replace: '',
    test: 'core/src/social/strangers/strangers.test.ts',
    title: 'whom she keeps away',
  },
];
