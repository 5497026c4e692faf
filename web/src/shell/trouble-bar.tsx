/** What keeps the device from its node for good, until somebody does something about it. */

import type { Fault } from 'copse/internal/base/fault.ts';
import { Show, type JSX } from 'solid-js';
import { fromStore } from 'copse/solid';
import { Act } from '../kit/act.tsx';
import { FaultNotice, Notice } from '../kit/notice.tsx';
import { useApp, useCopse } from '../model/app.ts';

export function TroubleBar(): JSX.Element {
  const trouble = fromStore(useCopse().trouble);
  return (
    <Show when={trouble()}>
      {(fault) => (
        <div class="trouble">
          <Show when={isShutOut(fault())} fallback={<FaultNotice thrown={fault()} />}>
            <ShutOut />
          </Show>
        </div>
      )}
    </Show>
  );
}

function isShutOut({ code }: Fault): boolean {
  return code === 'revoked' || code === 'unauthorized';
}

function ShutOut(): JSX.Element {
  const app = useApp();
  const signInAgain = async (): Promise<void> => {
    await app.session.signOut();
    app.go({ room: 'signin' });
  };
  return (
    <Notice kind="bad" title="This device was shut out" actions={<Act run={signInAgain}>Sign in again</Act>}>
      Another device of yours revoked it, or you signed it out. With your 24 words it comes back as a new one.
    </Notice>
  );
}
