/** Removes somebody from a group, after the page has said what she loses (SPEC U23, U30). */

import { createResource, Match, Switch, type JSX } from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { plural } from '../../logic/numbers.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { InGroup } from '../../model/group.ts';
import type { BlastRow, Group } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';

interface LeavingProps {
  readonly group: Group;
  readonly person: InGroup;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

export function LeavingGroup(props: LeavingProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const id = () => props.person.grant?.id ?? '';
  const [blast, { refetch }] = createResource(id, async (grant) => (await copse.rights).preview(grant));
  const remove = async (): Promise<void> => {
    await (await copse.rights).revoke(props.group.id, id());
    app.tell(`${props.person.name} is not in ${props.group.title} any more.`);
    props.onDone();
  };
  return (
    <Switch fallback={<Loading />}>
      <Match when={blast.error !== undefined}>
        <FaultNotice thrown={blast.error} retry={() => void refetch()} />
      </Match>
      <Match when={blast.latest}>
        {(row) => (
          <Notice
            kind="warn"
            title={`Remove ${props.person.name} from ${props.group.title}?`}
            actions={
              <>
                <button type="button" class="button" onClick={() => props.onCancel()}>
                  Leave it
                </button>
                <Act class="danger" run={remove}>
                  Remove
                </Act>
              </>
            }
          >
            {blastLine(props.person.name, row())}
          </Notice>
        )}
      </Match>
    </Switch>
  );
}

function blastLine(name: string, { people, grants, devices }: BlastRow): string {
  const others =
    people > 1 ? ` So ${plural(people - 1, 'other does', 'others do')} who came in by them.` : '';
  const further =
    grants > 0 ? ` ${plural(grants, 'further right falls', 'further rights fall')} with it.` : '';
  return `${name} loses what the group holds, on ${plural(devices, 'device')}, at once.${others}${further} You can add them again.`;
}
