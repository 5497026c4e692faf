/** What a document room shows and does, apart from how it looks. */

import { createMemo, createSignal, onCleanup, type Accessor } from 'solid-js';
import { CopseProvider, documentCodec, type Saving } from 'copse-yjs';
import { fromStore } from 'copse/solid';
import { Doc, type XmlFragment } from 'yjs';
import type { Awareness } from 'y-protocols/awareness';
import { logOfDocument } from '../../logic/documents.ts';
import { may } from '../../logic/rights.ts';
import { treeOf } from '../../logic/tree.ts';
import { useCopse } from '../../model/app.ts';
import type { Present, Trouble } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';
import type { Editor } from './cursors.ts';

export interface DocumentModel {
  readonly fragment: XmlFragment;
  readonly awareness: Awareness;
  /** What this device knows of the document is shown. */
  readonly isReady: Accessor<boolean>;
  readonly saving: Accessor<Saving>;
  readonly trouble: Accessor<Trouble>;
  readonly mayWrite: Accessor<boolean>;
  /** Other people, each once. */
  readonly others: Accessor<readonly Present[]>;
  readonly editorOf: (client: number) => Editor;
  readonly retry: () => void;
}

/** Where the text stands in the `Y.Doc`: the name that editors on ProseMirror use. */
const FRAGMENT = 'prosemirror';

export function createDocument(site: SiteModel, title: string): DocumentModel {
  const me = useCopse().user;
  const log = site.site.log(logOfDocument(title), { codec: documentCodec });
  const doc = new Doc();
  const provider = new CopseProvider(log, doc);
  const { awareness } = provider;
  if (awareness === null) throw new Error('a provider makes its awareness');
  const [isReady, setReady] = createSignal(false);
  // What is wrong with the log is told by its trouble.
  provider.ready.then(
    () => setReady(true),
    () => {},
  );
  awareness.setLocalStateField('user', { name: '', color: treeOf(me).leaf });
  onCleanup(() => {
    provider.destroy();
    doc.destroy();
  });
  const permissions = fromStore(log.permissions);
  const presence = fromStore(log.presence);
  return {
    fragment: doc.getXmlFragment(FRAGMENT),
    awareness,
    isReady,
    saving: fromStore(provider.saving),
    trouble: fromStore(log.trouble),
    // What is waiting to be known is not refused: the site's own rights stand until the log says more.
    mayWrite: () => may(permissions() | site.permissions(), 'write'),
    others: createMemo(() => {
      const byUser = new Map(presence().map((person) => [String(person.user), person]));
      byUser.delete(me);
      return [...byUser.values()];
    }),
    editorOf(client) {
      const user = provider.personOf(client)?.user ?? null;
      return {
        name: user === me ? 'You, elsewhere' : (site.people.nameOf(user) ?? 'Somebody'),
        leaf: treeOf(String(user ?? client)).leaf,
      };
    },
    retry: () => provider.retry(),
  };
}
