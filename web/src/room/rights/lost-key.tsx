/** What to do about a key that this user has not been given, or that was made without the one before (SPEC K10). */

import { createSignal, Show, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { may } from '../../logic/rights.ts';
import { useApp } from '../../model/app.ts';
import type { KeyState } from '../../model/sdk.ts';
import type { SiteModel } from '../../model/site-model.ts';

interface LostProps {
  readonly site: SiteModel;
  readonly state: KeyState;
  readonly onChange: () => void;
}

export function LostKey(props: LostProps): JSX.Element {
  const app = useApp();
  const follow = async (): Promise<void> => {
    const epoch = await props.site.site.followKey();
    props.onChange();
    app.tell(`You follow key ${epoch}.`);
  };
  return (
    <>
      <Show when={props.state.held === 'anew'}>
        <div>
          <Act run={follow}>Follow this key</Act>
        </div>
      </Show>
      <Show when={props.state.held === 'no' && may(props.site.permissions(), 'admin')}>
        <MakeAnew {...props} />
      </Show>
    </>
  );
}

function MakeAnew(props: LostProps): JSX.Element {
  const app = useApp();
  const [isOpen, setOpen] = createSignal(false);
  const make = async (): Promise<void> => {
    const epoch = await props.site.site.rotate({ force: true });
    setOpen(false);
    props.onChange();
    app.tell(`Key ${epoch} is in use.`);
  };
  return (
    <div>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        Make a new key without this one
      </button>
      <Dialog
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        title="Make a new key without this one?"
        actions={
          <>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Wait
            </button>
            <Act class="primary" run={make}>
              Make it
            </Act>
          </>
        }
      >
        <p>
          Wait when an admin who has the key may come back: it is handed to you then. When nobody will, a new
          key lets everybody write again. What was written under this one stays closed to all who lack it.
        </p>
      </Dialog>
    </div>
  );
}
