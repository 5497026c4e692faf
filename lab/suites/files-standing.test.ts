/** Tickets for files once a device has ended or an account was removed, against a whole authority (SPEC Z14, Z42). */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { base64url, concat } from 'copse/internal/base/bytes.ts';
import { connectTokenMs } from 'copse/internal/base/limits.ts';
import { fileChunkBytes, fileTicketMs } from 'copse/internal/base/limits-files.ts';
import { requestTicket } from 'copse/internal/social/files/grant.ts';
import { FileDoor } from '../../server/src/node/file-door.ts';
import { allowanceBy, worthBy } from '../../server/src/node/files/allowance.ts';
import { TicketDesk } from '../../server/src/node/files/tickets.ts';
import { Possession } from '../../server/src/node/http-possession.ts';
import { Files } from '../../server/src/peer/files/files.ts';
import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { MemoryBlobs } from '../../server/src/store/blobs-memory.ts';
import { SqliteFiles } from '../../server/src/store/files-sqlite.ts';
import { removing, signedBy } from './account-acts.ts';
import { ada, directLink, NODE_SEED, settled, Stage, type Actor } from './auth-stage.ts';
import { bearer, bytesOf, chunksOf, type FileAnswer } from './files-stage.ts';
import { HttpProgram } from './http-program.ts';
import { blessingBy, person, primitives, type Person } from './people.ts';

const ORIGIN = 'https://copse.example';
const TUS = { 'tus-resumable': '1.0.0' };
const PART = { ...TUS, 'content-type': 'application/offset+octet-stream' };
const phone = await person('Ada', 'phone');

interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | string | ReadableStream<Uint8Array>;
}

type Said = Pick<FileAnswer, 'status' | 'headers' | 'body'>;

/** A node that takes files, with its accounts; Ada is there with her first device. */
class Scene implements AsyncDisposable {
  readonly stage: Stage;
  readonly files: Files;
  readonly ada: Actor;
  readonly #door: FileDoor;
  readonly #possession: Possession;
  #proofs = 0;

  private constructor(stage: Stage, files: Files, actor: Actor) {
    this.stage = stage;
    this.files = files;
    this.ada = actor;
    const { clock: env, auth, node } = stage;
    const origins = (): readonly string[] => [ORIGIN];
    const possession = new Possession({ primitives, env, origins });
    this.#possession = possession;
    const { worth } = files.options;
    const keys = { node, nodeSeed: NODE_SEED };
    const desk = new TicketDesk({ auth: auth.http(), possession, primitives, env, worth, ...keys });
    const nonce = (): string => possession.nonce;
    const talk = { origins, mayConnect: () => true, draining: () => false, nonce };
    this.#door = new FileDoor({ files, desk, env, ...talk });
  }

  static async open(): Promise<Scene> {
    const stage = await Stage.open({ link: directLink, accounts: new MemoryAccounts() });
    const { clock: env, auth } = stage;
    const accounts = auth.http();
    const allowance = allowanceBy({
      keyOf: (user) => accounts.keyOf(user),
      standing: (key) => auth.standing(key),
      meet: async () => {},
      bytesMax: 1e9,
    });
    const worth = worthBy({ allowance, epochOf: (device) => accounts.epochOf(device) });
    const store = SqliteFiles.open({ path: ':memory:' });
    const limits = { sizeMax: 1e9, bytesMax: 1e9 };
    const blobs = new MemoryBlobs();
    const files = await Files.open({ store, blobs, primitives, env, worth, ...limits });
    const actor = await stage.enter(ada);
    await actor.signUp();
    return new Scene(stage, files, actor);
  }

  async ask(method: string, path: string, { headers = {}, body }: Asked = {}): Promise<Said> {
    const sent = body instanceof Uint8Array ? new Uint8Array(body) : body;
    const init = { method, headers, ...(sent === undefined ? {} : { body: sent }) };
    const answer = await this.#door.answer(new Request(ORIGIN + path, init), path, '192.0.2.1');
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    return {
      status: answer.status,
      headers: answer.headers,
      body: isJson && method !== 'HEAD' ? await answer.json() : null,
    };
  }

  /** Of a device, for its token. */
  async ticketOf(actor: Actor, who: Person): Promise<Said> {
    const { token } = await actor.login(1);
    const wallMs = (): number => this.stage.clock.wallMs();
    const send = (): Promise<never> => Promise.reject(new Error('it only proves'));
    const program = new HttpProgram({ origin: ORIGIN, device: who.device, wallMs, send });
    program.nonce = this.#possession.nonce;
    const claims = { jti: `ticket ${++this.#proofs}` };
    const dpop = await program.prove(`${ORIGIN}/files/ticket`, token, { claims });
    return this.ask('POST', '/files/ticket', {
      headers: { dpop, authorization: `DPoP ${base64url(token)}` },
    });
  }

  async deviceTicket(actor: Actor, who: Person): Promise<string> {
    const { status, body } = await this.ticketOf(actor, who);
    equal(status, 200, JSON.stringify(body));
    return String(body.ticket);
  }

  /** By Ada's own key. */
  async userTicket(): Promise<string> {
    const { clock, node } = this.stage;
    const request = await requestTicket(primitives, ada.user.seed, {
      node,
      wallMs: clock.wallMs(),
      grant: null,
    });
    const headers = { 'content-type': 'application/cose' };
    const { body } = await this.ask('POST', '/files/ticket', { headers, body: request });
    return String(body.ticket);
  }

  async begin(ticket: string, bytes: Uint8Array): Promise<Said> {
    const chunks = base64url(concat(...chunksOf(bytes).map((chunk) => primitives.sha256(chunk))));
    const offer = { size: bytes.length, type: 'video/mp4', name: 'film', kind: 'own', chunks };
    return this.ask('POST', '/files/', { headers: bearer(ticket), body: JSON.stringify(offer) });
  }

  async beginUpload(ticket: string, size: number): Promise<string> {
    const headers = { ...TUS, ...bearer(ticket), 'upload-length': String(size) };
    const { headers: answered } = await this.ask('POST', '/files/uploads', { headers });
    return must(answered.get('location'), 'a place');
  }

  /** A removal of Ada's account, which the node signs. */
  async remove(): Promise<void> {
    const { accounts, clock, node } = this.stage;
    const scene = { node, atMs: clock.wallMs() };
    const signed = await signedBy({ seed: NODE_SEED, key: node }, scene, removing(ada.user.key));
    await accounts.tree.apply(signed, clock.wallMs());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.files[Symbol.asyncDispose]();
    await this.stage[Symbol.asyncDispose]();
  }
}

/** Everything that a ticket is good for, on what has been begun; each answers its code, or null. */
async function everything(scene: Scene, ticket: string, at: { file: string; upload: string }) {
  const headers = bearer(ticket);
  const tus = { ...TUS, ...headers };
  const part = { ...PART, ...headers, 'upload-offset': '0' };
  const codes: Record<string, unknown> = {};
  const note = async (what: string, answer: Promise<Said>): Promise<void> => {
    const { status, body } = await answer;
    codes[what] = body?.code ?? (status < 300 ? null : status);
  };
  await note('list', scene.ask('GET', '/files/mine', { headers }));
  await note('begin', scene.begin(ticket, bytesOf(3)));
  await note('chunk', scene.ask('PUT', `/files/${at.file}/0`, { headers, body: bytesOf(10) }));
  await note('finish', scene.ask('POST', `/files/${at.file}/finish`, { headers }));
  await note('pin', scene.ask('POST', `/files/mine/${at.file}`, { headers, body: '{"pinned":true}' }));
  await note('look', scene.ask('HEAD', at.upload, { headers: tus }));
  await note('create', scene.ask('POST', '/files/uploads', { headers: { ...tus, 'upload-length': '5' } }));
  await note('part', scene.ask('PATCH', at.upload, { headers: part, body: bytesOf(4) }));
  await note('end', scene.ask('DELETE', at.upload, { headers: tus }));
  await note('drop', scene.ask('DELETE', `/files/mine/${at.file}`, { headers }));
  return codes;
}

const refusedWith = (codes: object, code: string, status: number): void =>
  deepEqual(
    Object.entries(codes),
    Object.keys(codes).map((what) => [what, what === 'look' ? status : code]),
  );

async function begun(scene: Scene, ticket: string): Promise<{ file: string; upload: string }> {
  const { address } = (await scene.begin(ticket, bytesOf(10))).body;
  return { file: String(address), upload: await scene.beginUpload(ticket, 100) };
}

test('[Z42] a ticket of a device is good for everything while the device is in use, and for nothing once it is revoked', async () => {
  await using scene = await Scene.open();
  const other = await scene.stage.enter(phone);
  const stolen = await scene.deviceTicket(other, phone);
  const own = await scene.deviceTicket(scene.ada, ada);
  const codes = await everything(scene, stolen, await begun(scene, stolen));
  deepEqual(new Set(Object.values(codes)), new Set([null]), JSON.stringify(codes));
  const at = await begun(scene, stolen);
  await scene.ada.remote.revokeDevice({ device: phone.deviceId });
  refusedWith(await everything(scene, stolen, at), 'revoked', 403);
  const after = await everything(scene, own, at);
  deepEqual(new Set(Object.values(after)), new Set([null]), 'the other device goes on with it');
});

test('[Z42] a ticket ends when its device logs out, as its token does, and is no longer than that', async () => {
  await using scene = await Scene.open();
  const { clock } = scene.stage;
  const ticket = await scene.deviceTicket(scene.ada, ada);
  await scene.ada.remote.logout({});
  equal((await scene.begin(ticket, bytesOf(5))).body.code, 'revoked');
  const again = await scene.stage.enter(ada);
  equal((await scene.begin(await scene.deviceTicket(again, ada), bytesOf(5))).status, 200);
  equal(fileTicketMs < connectTokenMs, true);
  const untilMs = clock.wallMs() + 60_000;
  const brief = await person('Ada', 'brief');
  const blessing = await blessingBy(brief, clock.wallMs(), { expiresMs: untilMs });
  const { body } = await scene.ticketOf(await scene.stage.enter(brief, { blessing }), brief);
  equal(Number(body.expiresMs) <= untilMs, true);
});

test('[Z14, Z42] tickets of an account that was removed end with it, by whomever they were got', async () => {
  await using scene = await Scene.open();
  const tickets = [await scene.deviceTicket(scene.ada, ada), await scene.userTicket()];
  const at = await begun(scene, must(tickets[1], 'a ticket'));
  await scene.remove();
  for (const ticket of tickets) refusedWith(await everything(scene, ticket, at), 'forbidden', 403);
  equal((await scene.files.find(at.file))?.state, 'coming');
});

test('[Z14, Z42] what is on its way when its device ends is not taken', async () => {
  await using scene = await Scene.open();
  const ticket = await scene.deviceTicket(await scene.stage.enter(phone), phone);
  const { body } = await scene.begin(ticket, bytesOf(10));
  const path = await scene.beginUpload(ticket, 3 * fileChunkBytes);
  const lines = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()] as const;
  const [chunk, part] = lines.map(({ writable }) => writable.getWriter());
  const headers = bearer(ticket);
  const put = scene.ask('PUT', `/files/${body.address}/0`, { headers, body: lines[0].readable });
  const more = { ...PART, ...headers, 'upload-offset': '0' };
  const patch = scene.ask('PATCH', path, { headers: more, body: lines[1].readable });
  await chunk?.write(bytesOf(10).slice(0, 5));
  await part?.write(bytesOf(fileChunkBytes + 1));
  await settled();
  await scene.ada.remote.revokeDevice({ device: phone.deviceId });
  void chunk?.write(bytesOf(10).slice(5)).then(() => chunk.close());
  part?.write(bytesOf(fileChunkBytes)).catch(() => {});
  deepEqual([(await put).body.code, (await patch).body.code], ['revoked', 'revoked']);
  const record = must(await scene.files.options.store.upload(path.slice(-32)), 'the upload');
  equal(record.offset, fileChunkBytes);
  deepEqual(await scene.files.options.store.present(must(await scene.files.find(body.address), 'it').id), []);
});
