/**
 * The app among the people of the fake node, for tests and screenshots: `bun web/dev.ts --fake`. The address
 * says how it begins: `?as=stranger`, `?as=member` (the default), `?as=fresh`, `?delay=0`. Never part of the
 * product: its entry is `src/main.tsx`.
 */

import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import { permission } from 'copse/internal/api/model.ts';
import { logOfDocument } from '../logic/documents.ts';
import { encodeDrafts } from '../logic/neighbourhood/drafts.ts';
import { browserLocal } from '../model/local.ts';
import { draftsName } from '../model/neighbourhood/drafts.ts';
import type { Gate, OpenOptions, Status } from '../model/sdk.ts';
import { start } from '../shell/start.tsx';
import { lookFake } from './fake-accounts.ts';
import { FakeAsking, fakePasskeys, untilOpen } from './fake-devices.ts';
import { FakeCopse, peekFake } from './fake-copse.ts';
import { pause, type FakeLog } from './fake-log.ts';
import type { Shown } from './fake-files.ts';
import type { FakeSite } from './fake-site.ts';
import { fakePush, obstacleNamed } from './fake-notifications.ts';
import { fakeAccountFile } from './fake-account-file.ts';
import { FakeStreet } from './fake-street.ts';
import { FakeReset, recoverFake } from './fake-recovery.ts';
import { latestNotice } from './fake-names.ts';
import { FakeEntry, fakeProviders } from './fake-emails.ts';
import { everybody, type Person } from './people.ts';
import { siteScripts } from './script.ts';

const asked = new URLSearchParams(location.search);
const delayMs = Number(asked.get('delay') ?? '180');
const as = asked.get('as') ?? 'member';
let copse: FakeCopse | null = null;
let fault: Fault | null = null;
let entry: FakeEntry | null = null;
let asking: FakeAsking | null = null;
let street: FakeStreet | null = null;

function takeOwn(): Fault | null {
  const refused = fault;
  fault = null;
  return refused;
}

const reset = new FakeReset(delayMs, takeOwn);

const gate: Gate = {
  remembers: () => Promise.resolve(as !== 'stranger'),
  async open(options: OpenOptions) {
    await pause(delayMs);
    if (asked.has('locked') && options.unlock !== undefined) await untilOpen(options.unlock);
    const refused = fault;
    fault = null;
    if (refused !== null) throw refused;
    copse = new FakeCopse(options, {
      delayMs,
      isFresh: as !== 'member',
      strangers: Number(asked.get('strangers') ?? '0'),
    });
    const held = asked.get('held');
    if (held === 'no' || held === 'anew') for (const { rights } of copse.sites.get()) rights.held = held;
    if (asked.get('status') === 'offline') copse.status.set('offline');
    return copse;
  },
  emailProviders: async () => (asked.get('providers') === 'none' ? [] : fakeProviders),
  async enterWithEmail(options) {
    await pause(delayMs);
    const isKnown = asked.get('mail') !== 'new';
    entry = new FakeEntry(delayMs, isKnown, () => gate.open(isKnown ? {} : options));
    return entry;
  },
  peek: (link) => peekFake(link, delayMs),
  lookAtAccount: (link) => lookFake(link, delayMs),
  takeUpAccount: (_link, options) => gate.open(options),
  passkeys: () => Promise.resolve(fakePasskeys),
  push: () => Promise.resolve(fakePush(obstacleNamed(asked.get('push')))),
  async neighbourhood(opened) {
    await pause(delayMs);
    const isEmpty = as === 'fresh' ? 'empty' : null;
    street ??= new FakeStreet({
      delayMs,
      as: asked.get('street') ?? isEmpty,
      status: () => opened.status.get(),
      takeFault: () => copse?.takeFault() ?? null,
    });
    return street;
  },
  async visit() {
    await pause(delayMs);
    street ??= new FakeStreet({ delayMs, as: asked.get('street'), status: () => 'live', takeFault: takeOwn });
    return street;
  },
  accountFile: () => Promise.resolve(fakeAccountFile(delayMs)),
  async forgetNeighbourhood() {
    if (asked.get('forget') === 'held') throw new Fault('locked');
  },
  async pair() {
    await pause(delayMs);
    asking = new FakeAsking();
    return asking;
  },
  recover: (options) => recoverFake(options, delayMs),
  reset: () => Promise.resolve(reset),
  about: () => Promise.resolve({ version: '0.1.0', protocol: '1' }),
};

function named(name: string): Person {
  const found = everybody.find((person) => person.name.startsWith(name));
  if (found === undefined) throw new RangeError(`Nobody here is called ${name}`);
  return found;
}

function siteOf(site: string): FakeSite {
  const found = copse?.sites.get().find(({ title }) => title.get() === site);
  if (found === undefined) throw new RangeError(`There is no site ${site}`);
  return found;
}

function logOf(site: string, name: string): FakeLog {
  return siteOf(site).log(name);
}

/** What a test may make happen. */
const strings = {
  status: (status: Status) => copse?.status.set(status),
  alarm: (code: FaultCode) =>
    copse?.alarm.set(new Fault(code, 'The node showed a checkpoint, and it has 1131 leaves after 1204.')),
  knock: (name: string) => copse?.knock(name),
  handOver: (end: 'given' | 'denied') => entry?.end(end),
  crowd: (who: string, count: string, how: 'told' | 'missed') =>
    street?.crowd(named(who), Number(count), how),
  files: (how: Shown) => copse?.shelf.show(how),
  holdPosts: (how: 'on' | 'off') => street?.holdPosts(how === 'on'),
  holdUploads: (how: 'on' | 'off') => copse?.shelf.hold(how === 'on'),
  notice: () => copse?.noticed.set(latestNotice()),
  trouble: (code: FaultCode) => copse?.trouble.set(new Fault(code)),
  failNext(code: FaultCode) {
    fault = new Fault(code);
    copse?.failNext(fault);
  },
  answer: (kind: 'scanned' | 'digits' | 'refused') => asking?.answer(kind),
  decide: (state: 'approved' | 'refused' | 'unknown') => reset.decide(state),
  give: () => asking?.give(),
  write: (site: string, log: string, who: string, text: string) =>
    logOf(site, log).arrive(named(who), { text }),
  writeIn: (site: string, title: string, who: string, block: string, text: string) =>
    siteOf(site).document(logOfDocument(title)).write(named(who), Number(block), text),
  linkIn: (site: string, title: string, who: string, block: string, href: string) =>
    siteOf(site).document(logOfDocument(title)).write(named(who), Number(block), ' a trap', href),
  onlyRead(site: string, title: string) {
    siteOf(site).permissions.set(permission.read);
    siteOf(site).document(logOfDocument(title)).permissions.set(permission.read);
  },
  postAs: (who: string, text: string) => street?.arrive(named(who), text, false),
  answerAs: (who: string, text: string) => street?.arrive(named(who), text, true),
  draftElsewhere: (name: string, text: string) =>
    street?.setShared(draftsName, encodeDrafts(new Map([[name, { timeMs: Date.now(), text }]]))),
  leaveAs: (who: string, text: string) => street?.doorstep.leave(named(who), text),
  unread(count: string) {
    if (copse !== null) copse.notices.unreadCount = Number(count);
  },
  unreadCount: () => copse?.notices.unreadCount,
  keepPosts: (how: string) => street?.keep(how),
  holdBack: (code: string) => street?.holdBack(code),
  type: (site: string, log: string, who: string) => logOf(site, log).hear(named(who), { typing: true }),
};

Reflect.set(globalThis, 'copseFake', strings);
browserLocal().setAccount(as !== 'stranger');
const changed = asked.get('changed');
if (changed !== null) {
  // Somebody of that name was verified here with another key.
  for (const { id } of siteScripts) browserLocal().setKnown(id, { '0000000000000000': named(changed).name });
}
start(gate);
