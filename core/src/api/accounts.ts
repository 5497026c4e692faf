/**
 * The contract of the account tree, a facet of auth (SPEC Z10-Z19): who let whom in, how many more she may let in,
 * and who may remove whom. What is signed in it is declared in `social/accounts/operation.ts`.
 */

import { nameBytesMax, signedBytesMax } from '../base/limits.ts';
import {
  accountAuditPageMax,
  accountBytesMax,
  accountDepthMax,
  accountPreviewNamesMax,
  accountQuotaMax,
  accountReasonBytesMax,
  accountsPageMax,
} from '../base/limits-accounts.ts';
import { list, maybe, nothing, struct } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, bytes, choice, fixed, text, uint, type Of } from '../wire/shape.ts';
import { keyShape, nameShape, signatureShape, timeShape, userIdShape } from './model.ts';

const quotaShape = uint(accountQuotaMax).about('Accounts that may still be made.');
const placeShape = uint().about('Number of a place in the tree.');
const extentShape = choice('one', 'all').about('`all`: everybody below too.');
const contentShape = choice('keep', 'hide').about('What becomes of what she wrote.');

const removalShape = struct({
  atMs: timeShape,
  by: nameShape.about('Who did it.'),
  byKey: keyShape,
  whom: nameShape.about('Who was removed: she herself, or the one above her whose branch was.'),
  extent: extentShape,
  content: contentShape,
  reason: text(accountReasonBytesMax),
  untilMs: timeShape.about('Until when it can be taken back.'),
});

export const accountRowShape = struct({
  place: placeShape,
  key: keyShape,
  user: userIdShape,
  name: nameShape.about('Given by who let her in.'),
  quota: quotaShape,
  bytes: uint(accountBytesMax).about('That she may publish.'),
  state: choice('there', 'link', 'over', 'removed', 'gone').about(
    '`link`: nobody has taken it up; `over`: nobody has, and it has ended; `gone`: removed for good.',
  ),
  isAdmin: bool.about('Acts for the node.'),
  madeMs: timeShape,
  expiresMs: timeShape.about('Of a link; 0: never.'),
  children: uint().about('How many hang directly below it.'),
  given: quotaShape.about('Of its accounts that the caller gave and can ask back while they are unused.'),
  removal: maybe(removalShape),
});
export type AccountRow = Of<typeof accountRowShape>;

const headShape = struct({
  number: uint().about('Of the last operation; 0: there is none.'),
  hash: fixed(32).about('Of the chain up to it.'),
});

const rowsShape = list(accountRowShape, accountsPageMax);
const operationShape = bytes(signedBytesMax).about('Operation, a signed object.');

export const accountsApi = contract({
  name: 'accounts',
  doc: 'The account tree. Open to strangers: look, replace.',
  calls: {
    mine: call(
      288,
      "The caller's account, who is above her from the nearest up, and the end of the audit log.",
      nothing,
      struct({ account: accountRowShape, above: list(accountRowShape, accountDepthMax), head: headShape }),
    ),
    below: call(
      289,
      'Who was let in directly by an account that the caller may see: her own, one below, or any for the admin.',
      struct({ of: maybe(keyShape).about('None: the node, for its admin.'), after: placeShape }),
      struct({ rows: rowsShape, more: bool.about('Ask again, `after` the place of the last.') }),
    ),
    act: call(
      290,
      'Does what the caller has signed: lets in, gives, takes back, names, removes or restores. Repeating it does nothing more.',
      struct({ kind: choice('add', 'give', 'take', 'name', 'remove', 'restore'), operation: operationShape }),
      struct({ fresh: bool.about('False: it was done before.'), account: accountRowShape }),
    ),
    replace: call(
      291,
      'Gives an account to another key, signed by both. Devices of the old key end. Open to strangers: the keys are the credential.',
      struct({ operation: operationShape }),
      struct({ name: nameShape }),
    ),
    look: call(
      292,
      'What has become of an account, for whoever has its key. Open to strangers.',
      struct({
        key: keyShape,
        proof: signatureShape.about('By it, over node and device (domain `account/look`).'),
      }),
      struct({ account: accountRowShape, by: nameShape.about('Who let her in.'), byKey: keyShape }),
    ),
    preview: call(
      293,
      'What removing an account would do.',
      struct({ target: keyShape, extent: extentShape }),
      struct({
        people: uint().about('Who would not be there any more.'),
        links: uint().about('Links that would end.'),
        quota: uint().about('Accounts that they may still make.'),
        rehung: uint().about('Who goes on below another.'),
        more: bool.about('There are more than were counted.'),
        first: list(struct({ key: keyShape, name: nameShape }), accountPreviewNamesMax),
      }),
    ),
    audit: call(
      294,
      'Operations that concern the caller, the newest first: by and about her, those above and those below her.',
      struct({ before: uint().about('Those with lower numbers; 0: the newest.') }),
      struct({
        rows: list(
          struct({
            number: uint(),
            atMs: timeShape.about('By the clock of the node.'),
            kind: choice('issue', 'add', 'give', 'take', 'name', 'replace', 'succeed', 'remove', 'restore'),
            operation: operationShape,
            prev: fixed(32),
            hash: fixed(32).about('Over `prev`, number, time and operation (domain `account/audit`).'),
            actor: text(nameBytesMax).about('Name of who did it; empty: the node.'),
            target: nameShape.about('Name of whom it is about.'),
          }),
          accountAuditPageMax,
        ),
        next: maybe(uint()).about('Ask again, `before` this.'),
        head: headShape,
      }),
    ),
  },
  casts: {},
  pushes: {},
});

export type AccountsApi = Api<typeof accountsApi>;
export type AccountsRemote = Remote<typeof accountsApi>;
