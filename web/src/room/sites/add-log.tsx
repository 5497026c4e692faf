/** A dialog that adds a log to a site. */

import type { JSX } from 'solid-js';
import { useApp } from '../../model/app.ts';
import type { SiteModel } from '../../model/site-model.ts';
import { NameDialog, type NewPartProps } from './name-dialog.tsx';

export function AddLog(props: NewPartProps & { readonly site: SiteModel }): JSX.Element {
  const app = useApp();
  const isTaken = (name: string): boolean => props.site.logs().includes(name);
  return (
    <NameDialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={`A new log in ${props.site.title()}`}
      label="Name"
      hint="What it is about: plans, kitchen, minutes. Everybody in the site sees it."
      button="Add the log"
      trouble={(name) => (isTaken(name) ? 'There is a log of that name already.' : undefined)}
      make={async (log) => {
        await props.site.site.addLog(log);
        props.onClose();
        app.go({ room: 'log', site: props.site.id, log });
      }}
    />
  );
}
