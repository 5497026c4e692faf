/** What the node says about a member in its public log, who else has signed that log, and whether it can be relied on. */

import { hex } from 'copse/internal/base/bytes.ts';
import { createEffect, createResource, For, Match, on, Show, Switch, type JSX } from 'solid-js';
import { fromStore } from 'copse/solid';
import { Copy } from '../../kit/copy.tsx';
import { Icon } from '../../kit/icon.tsx';
import { FaultNotice, Notice } from '../../kit/notice.tsx';
import { Page } from '../../kit/page.tsx';
import { Time } from '../../kit/time.tsx';
import { cosignersOf, noticeWords } from '../../logic/audit-words.ts';
import { plural } from '../../logic/numbers.ts';
import { useCopse } from '../../model/app.ts';
import type { ClaimedName, NodeCheckpoint, Notice as NoticeRow } from '../../model/sdk.ts';
import { Loading } from '../../shell/loading.tsx';
import { AlarmPanel } from './alarm-panel.tsx';
import { PastAlarms } from './past-alarms.tsx';

export function AuditRoom(): JSX.Element {
  const copse = useCopse();
  const alarm = fromStore(copse.alarm);
  const noticed = fromStore(copse.noticed);
  const [log, { refetch }] = createResource(async () => {
    const names = await copse.names();
    const [checkpoint, cosigners, notices, claims, { past }] = await Promise.all([
      names.checkpoint(),
      names.cosigners(),
      names.notices(),
      names.claims(),
      names.alarms(),
    ]);
    return { checkpoint, cosigners, notices, claims, past };
  });
  createEffect(on([noticed, alarm], () => void refetch(), { defer: true }));
  return (
    <Page
      title="What this node says about you"
      lead="A node writes into a public log who signs in with which address, whose a name is, and when keys change. It cannot say one thing to you and another to others without being seen."
      back={{ href: '#/settings', label: 'Settings' }}
      class="audit"
    >
      <Switch fallback={<Loading />}>
        <Match when={alarm()}>{(fault) => <AlarmPanel fault={fault()} />}</Match>
        <Match when={log.error !== undefined}>
          <FaultNotice thrown={log.error} retry={() => void refetch()} />
        </Match>
        <Match when={log.latest}>
          {(found) => (
            <div class="stack wide">
              <Notice kind="good" title="Everything that it said fits together">
                This device has checked all of it, up to entry {found().checkpoint.size.toLocaleString('en')}.
              </Notice>
              <PastAlarms past={found().past} />
              <div class="columns">
                <section class="panel">
                  <h2>About you</h2>
                  <Notices rows={found().notices} />
                </section>
                <div class="stack">
                  <Checkpoint checkpoint={found().checkpoint} cosigners={found().cosigners} />
                  <Claims claims={found().claims} />
                </div>
              </div>
            </div>
          )}
        </Match>
      </Switch>
    </Page>
  );
}

function Notices(props: { readonly rows: readonly NoticeRow[] }): JSX.Element {
  const sorted = () => props.rows.toSorted((a, b) => b.index - a.index);
  return (
    <Show
      when={sorted().length > 0}
      fallback={<p class="muted">Nothing that this device did not do itself.</p>}
    >
      <ul class="list">
        <For each={sorted()}>
          {(row) => (
            <li>
              <span class="list-sign" classList={{ strange: noticeWords(row).isStrange }}>
                <Icon name={noticeWords(row).isStrange ? 'warn' : 'check'} />
              </span>
              <div class="list-text">
                <p class="list-title">{noticeWords(row).what}</p>
                <p class="list-more">
                  <Time ms={row.timeMs} />, entry {row.index.toLocaleString('en')}. {noticeWords(row).more}
                </p>
              </div>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

interface CheckpointProps {
  readonly checkpoint: NodeCheckpoint;
  readonly cosigners: readonly string[];
}

function Checkpoint(props: CheckpointProps): JSX.Element {
  const signers = () => cosignersOf(props.checkpoint, props.cosigners);
  const signed = () => signers().filter(({ hasSigned }) => hasSigned).length;
  return (
    <section class="panel">
      <h2>Checkpoint</h2>
      <dl class="facts">
        <div>
          <dt>Log</dt>
          <dd class="mono">{props.checkpoint.origin}</dd>
        </div>
        <div>
          <dt>Entries</dt>
          <dd>{props.checkpoint.size.toLocaleString('en')}</dd>
        </div>
        <div>
          <dt>Root</dt>
          <dd class="mono small-text">{hex(props.checkpoint.root)}</dd>
        </div>
      </dl>
      <Copy text={props.checkpoint.note} class="small">
        Copy the signed checkpoint
      </Copy>
      <h3>Signed by others</h3>
      <Show
        when={signers().length > 0}
        fallback={
          <p class="muted">
            Nobody yet. The more independent nodes sign, the harder it is to show two logs to two people.
          </p>
        }
      >
        <p class="muted">
          {signed()} of {plural(signers().length, 'witness', 'witnesses')} signed the newest checkpoint.
        </p>
        <ul class="plain-list">
          <For each={signers()}>
            {({ name, hasSigned }) => (
              <li class="row">
                <Icon name={hasSigned ? 'check' : 'clock'} size={18} />
                <span class="mono small-text">{name}</span>
                <span class="muted">{hasSigned ? 'signed' : 'not yet'}</span>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}

function Claims(props: { readonly claims: readonly ClaimedName[] }): JSX.Element {
  return (
    <section class="panel">
      <h2>Your names</h2>
      <Show when={props.claims.length > 0} fallback={<p class="muted">You have claimed none.</p>}>
        <ul class="plain-list">
          <For each={props.claims}>
            {({ namespace, name, number, timeMs }) => (
              <li>
                <b>{name}</b> in {namespace}, number {number}, <Time ms={timeMs} />
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}
