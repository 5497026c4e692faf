/** What strangers have left, and who may reach one at all (SPEC U48). */

import {
  createEffect,
  createResource,
  createSignal,
  Match,
  onMount,
  Show,
  Suspense,
  Switch,
  type JSX,
} from 'solid-js';
import { Act } from '../../kit/act.tsx';
import { Segments } from '../../kit/choose.tsx';
import { FaultNotice } from '../../kit/notice.tsx';
import { Avatar } from '../../kit/picture.tsx';
import { Rows } from '../../kit/rows.tsx';
import { Time } from '../../kit/time.tsx';
import { TrustSign } from '../../kit/trust.tsx';
import { workWords } from '../../logic/neighbourhood/reach-words.ts';
import { plural } from '../../logic/numbers.ts';
import { hashOf } from '../../logic/route.ts';
import { useApp } from '../../model/app.ts';
import { personOf } from '../../model/neighbourhood/keys.ts';
import { createVisible } from '../../model/reads.ts';
import type { Knock } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';
import { useHouse } from '../../shell/house-model.ts';
import { Loading } from '../../shell/loading.tsx';
import { ReachPanel } from './reach-panel.tsx';
import { ReportButton } from './report-dialog.tsx';
import { StreetPage } from './street-page.tsx';

type Whose = 'mine' | 'node';

export function RequestsRoom(): JSX.Element {
  const street = useStreet();
  const { isAdmin } = useHouse();
  const [whose, setWhose] = createSignal<Whose>('mine');
  return (
    <StreetPage
      title="Requests"
      lead="People without an account here leave a message with you, and their computer works for it. It stands here and nowhere else until you answer."
    >
      <Show
        when={!street.isStranger()}
        fallback={<p class="muted">Who has an account on this node can be reached here.</p>}
      >
        <section class="panel stack">
          <h2>Who waits</h2>
          <Show when={isAdmin()}>
            <Segments
              legend="Whom they ask"
              name="whose"
              value={whose()}
              choices={[
                { value: 'mine', label: 'You' },
                { value: 'node', label: 'For an account' },
              ]}
              onChoose={setWhose}
            />
          </Show>
          <Suspense fallback={<Loading />}>
            <Show when={whose() === 'mine'} fallback={<OfNode />}>
              <Mine />
            </Show>
          </Suspense>
        </section>
        <Suspense fallback={<Loading />}>
          <ReachPanel />
        </Suspense>
      </Show>
    </StreetPage>
  );
}

function Mine(): JSX.Element {
  const { knocks } = useStreet();
  const [thrown, setThrown] = createSignal<unknown>(null);
  const [isNew, setNew] = createSignal(false);
  const isVisible = createVisible();
  const look = async (): Promise<void> => {
    setThrown(null);
    await knocks.look().then(() => setNew(true), setThrown);
  };
  onMount(() => void look());
  createEffect(() => {
    // What was read before the room was entered may lack who is told of.
    if (isNew() && knocks.mine() !== null && isVisible()) knocks.seen();
  });
  return (
    <Show when={thrown() === null} fallback={<FaultNotice thrown={thrown()} retry={() => void look()} />}>
      <Show when={knocks.mine()} fallback={<Loading />}>
        {(found) => <KnockList knocks={found()} whose="mine" onChange={look} />}
      </Show>
    </Show>
  );
}

/** For admins: who asks the node for an account. */
function OfNode(): JSX.Element {
  const { place } = useStreet();
  const [found, { refetch }] = createResource(() => place.doorstep.requests('node'));
  return (
    <Switch fallback={<Loading />}>
      <Match when={found.error !== undefined}>
        <FaultNotice thrown={found.error} retry={() => void refetch()} />
      </Match>
      <Match when={found.latest}>
        {(all) => <KnockList knocks={all()} whose="node" onChange={async () => void (await refetch())} />}
      </Match>
    </Switch>
  );
}

interface KnockListProps {
  readonly knocks: readonly Knock[];
  readonly whose: Whose;
  readonly onChange: () => Promise<void>;
}

function KnockList(props: KnockListProps): JSX.Element {
  return (
    <Show
      when={props.knocks.length > 0}
      fallback={
        <p class="muted">
          {props.whose === 'mine'
            ? 'Nobody waits. Who wants to reach you needs your key: give her the address of your page.'
            : 'Nobody asks for an account.'}
        </p>
      }
    >
      <p class="muted">{plural(props.knocks.length, 'message')}, those with the most work first.</p>
      <Rows class="list knocks" each={props.knocks} by={({ post }) => post.id}>
        {(knock) => <KnockRow {...props} knock={knock()} />}
      </Rows>
    </Show>
  );
}

function KnockRow(props: KnockListProps & { readonly knock: Knock }): JSX.Element {
  const app = useApp();
  const street = useStreet();
  const { post } = props.knock;
  const key = personOf(post.from);
  const person = () => street.people.of(key);
  const answer = (act: 'accept' | 'decline') => async (): Promise<void> => {
    await street.place.doorstep[act](post.id, props.whose);
    const { called } = person();
    if (act === 'decline') app.tell('Declined.', 'This message does not come again.');
    else if (props.whose === 'node') app.tell(`Accepted.`, `Make a link for ${called} and answer with it.`);
    else app.tell(`${called} may write to you for 30 days.`, 'The message stands with what concerns you.');
    await props.onChange();
  };
  const keepAway = async (): Promise<void> => {
    await street.place.doorstep.keepAway(post.from);
    app.tell(`${person().called} is kept away from you.`, 'Below you let them near again.');
    await props.onChange();
  };
  return (
    <>
      <Avatar id={person().user} size={40} />
      <div class="list-text">
        <p class="list-title">
          <a class="post-name" href={hashOf({ room: 'person', person: key })}>
            {person().called}
          </a>
          <TrustSign mark={person().mark} />
        </p>
        <p class="list-more">
          <Time ms={props.knock.atMs} /> · worked {workWords(props.knock.bits)} · goes{' '}
          <Time ms={props.knock.untilMs} as="until" />
        </p>
        <p class="knock-words" dir="auto">
          {post.text}
        </p>
        <div class="list-actions">
          <Act class="primary small" icon="check" label={`Accept ${person().called}`} run={answer('accept')}>
            Accept
          </Act>
          <Act class="small" label={`Decline ${person().called}`} run={answer('decline')}>
            Decline
          </Act>
          <Show when={props.whose === 'mine'}>
            <Act class="quiet small" label={`Keep away ${person().called}`} run={keepAway}>
              Keep away
            </Act>
          </Show>
          <Show when={props.whose === 'node'}>
            <a class="button quiet small" href={hashOf({ room: 'accounts' })}>
              Make a link
            </a>
          </Show>
          <ReportButton about={key} post={post.id} />
        </div>
      </div>
    </>
  );
}
