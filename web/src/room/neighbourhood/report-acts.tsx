/** What an admin does about something that was reported: nothing, its post away, or its author's account (SPEC U50). */

import { createSignal, lazy, Show, Suspense, type JSX } from 'solid-js';
import { asFault } from 'copse/internal/base/fault.ts';
import { Act } from '../../kit/act.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Icon } from '../../kit/icon.tsx';
import { everyAccount } from '../../logic/account-words.ts';
import { summaryOf } from '../../logic/neighbourhood/attachments.ts';
import type { ReportedThing, Settled } from '../../logic/neighbourhood/report-words.ts';
import { hashOf } from '../../logic/route.ts';
import { useApp, useCopse } from '../../model/app.ts';
import type { AccountRow, Accounts } from '../../model/sdk-accounts.ts';
import type { Post } from '../../model/sdk-street.ts';
import { useStreet } from '../../model/street.ts';

const RemoveAccount = lazy(async () => ({
  default: (await import('../accounts/remove-account.tsx')).RemoveAccount,
}));

export interface ThingProps {
  readonly thing: ReportedThing;
  readonly onSettle: (thing: ReportedThing, how: Pick<Settled, 'what' | 'line'>) => Promise<void>;
}

interface ActsProps extends ThingProps {
  /** As it was reported; null: it is not read yet, or there is none. */
  readonly post: Post | null;
  readonly called: string;
  /** By which it is remembered. */
  readonly line: () => string;
}

export function ThingActs(props: ActsProps): JSX.Element {
  const app = useApp();
  const leave = async (): Promise<void> => {
    await props.onSettle(props.thing, { what: 'left', line: props.line() });
    app.tell('Dealt with.', 'It is listed below, for you.');
  };
  return (
    <div class="list-actions">
      <Act class="small" icon="check" label={`Nothing to do about ${props.called}`} run={leave}>
        Nothing to do
      </Act>
      <Show when={props.post}>{(found) => <TakeAway {...props} post={found()} />}</Show>
      <Remove {...props} />
      <Show when={props.post}>
        {(found) => (
          <a class="button quiet small" href={hashOf({ room: 'post', post: found().id })}>
            Open the post
          </a>
        )}
      </Show>
    </div>
  );
}

/** Takes one post away from this node; who wrote it keeps the account. */
function TakeAway(props: ActsProps & { readonly post: Post }): JSX.Element {
  const app = useApp();
  const { place, posts } = useStreet();
  const [isOpen, setOpen] = createSignal(false);
  const takeAway = async (): Promise<void> => {
    try {
      await place.doorstep.takeAway(props.post.id);
    } catch (thrown) {
      // Its author has taken it back, or another admin was first.
      if (asFault(thrown).code !== 'unknown') throw thrown;
    }
    setOpen(false);
    posts.look([props.post.id]);
    app.tell('Taken away.', 'Nobody finds this post here any more.');
    await props.onSettle(props.thing, { what: 'taken', line: props.line() });
  };
  return (
    <>
      <button
        type="button"
        class="button small"
        aria-label={`Take the post away that ${props.called} wrote`}
        onClick={() => setOpen(true)}
      >
        <Icon name="trash" size={18} /> Take the post away
      </button>
      <Dialog
        isOpen={isOpen()}
        onClose={() => setOpen(false)}
        title="Take this post away?"
        actions={
          <>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Leave it
            </button>
            <Act class="danger" run={takeAway}>
              Take it away
            </Act>
          </>
        }
      >
        <blockquote class="post-quote">{summaryOf(props.post)}</blockquote>
        <p>
          Nobody finds it on this node any more, and it does not come again. It cannot be brought back.{' '}
          {props.called} keeps the account and is not told. Files stay with who holds them; devices that have
          it to read offline, and other nodes, keep what they have.
        </p>
      </Dialog>
    </>
  );
}

/** Ends the account after the page has said who falls; what was written there may be hidden. */
function Remove(props: ActsProps): JSX.Element {
  const app = useApp();
  const copse = useCopse();
  const { people } = useStreet();
  const [found, setFound] = createSignal<{ accounts: Accounts; row: AccountRow } | null>(null);
  const [row, setRow] = createSignal<AccountRow | null>(null);
  const open = async (): Promise<void> => {
    const accounts = await copse.accounts();
    const all = everyAccount((await accounts.tree()).branches);
    const { user: whose } = people.of(props.thing.about);
    const theirs = all.find(({ user, state }) => state === 'there' && user === whose);
    if (theirs === undefined) {
      app.tell(
        `${props.called} has no account here that you could end.`,
        'What they wrote came from elsewhere, or their account has ended.',
      );
      return;
    }
    setFound({ accounts, row: theirs });
    setRow(theirs);
  };
  return (
    <>
      <Act class="small" icon="trash" label={`Remove ${props.called} …`} run={open}>
        Remove {props.called} …
      </Act>
      <Show when={found()}>
        {(now) => (
          <Suspense>
            <RemoveAccount
              accounts={now().accounts}
              row={row()}
              onClose={() => setRow(null)}
              onDone={() => {
                setRow(null);
                void props
                  .onSettle(props.thing, { what: 'removed', line: props.line() })
                  .catch(app.tellFault);
              }}
            />
          </Suspense>
        )}
      </Show>
    </>
  );
}
