/** A dialog that makes a document in a site. */

import type { JSX } from 'solid-js';
import { logOfDocument, titleTrouble } from '../../logic/documents.ts';
import { useApp } from '../../model/app.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { NameDialog, type NewPartProps } from './name-dialog.tsx';

export function AddDocument(props: NewPartProps & { readonly site: SiteModel }): JSX.Element {
  const app = useApp();
  return (
    <NameDialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={`A new document in ${props.site.title()}`}
      label="Title"
      hint="Everybody in the site sees it, and may write in it who may write in the site."
      button="Make the document"
      trouble={(title) => titleTrouble(title, props.site.documents())}
      make={async (document) => {
        await props.site.site.addLog(logOfDocument(document));
        props.onClose();
        app.go({ room: 'document', site: props.site.id, document });
      }}
    />
  );
}
