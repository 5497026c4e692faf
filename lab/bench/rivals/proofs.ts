/** What others take to verify a right handed on twice, in microseconds: Biscuit with three blocks, UCAN with three tokens. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Biscuits from '@biscuit-auth/biscuit-wasm';
import { build, EdKeypair, encode, verify } from '@ucans/ucans';

/** Microseconds per operation. */
export type Per = (count: number) => Promise<number>;

async function perOperation(count: number, work: () => unknown): Promise<number> {
  for (let i = 0; i < count / 4; i++) await work();
  const beganMs = performance.now();
  for (let i = 0; i < count; i++) await work();
  return ((performance.now() - beganMs) * 1000) / count;
}

export const ucanProof: Per = async (count) => {
  const [root, first, second, last] = await Promise.all([0, 1, 2, 3].map(() => EdKeypair.create()));
  if (root === undefined || first === undefined || second === undefined || last === undefined) return 0;
  const capability = {
    with: { scheme: 'site', hierPart: '//garden' },
    can: { namespace: 'log', segments: ['READ'] },
  };
  const common = { lifetimeInSeconds: 3600, capabilities: [capability] };
  const one = await build({ ...common, issuer: root, audience: first.did() });
  const two = await build({ ...common, issuer: first, audience: second.did(), proofs: [encode(one)] });
  const three = await build({ ...common, issuer: second, audience: last.did(), proofs: [encode(two)] });
  const token = encode(three);
  const options = {
    audience: last.did(),
    requiredCapabilities: [{ capability, rootIssuer: root.did() }],
  };
  return perOperation(count, async () => {
    const answer = await verify(token, options);
    if (!answer.ok) throw new Error('the UCAN does not hold');
  });
};

/** Its module file loads the WebAssembly as bundlers do; here that is done by hand. */
async function biscuit(): Promise<typeof Biscuits> {
  const entry = fileURLToPath(import.meta.resolve('@biscuit-auth/biscuit-wasm'));
  const bindings = await import(join(entry, '../biscuit_bg.js'));
  const module = new WebAssembly.Module(readFileSync(join(entry, '../biscuit_bg.wasm')));
  const imports: WebAssembly.Imports = {};
  for (const { module: from } of WebAssembly.Module.imports(module)) {
    imports[from] = from.endsWith('biscuit_bg.js') ? bindings : await import(join(entry, '..', from));
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  bindings['__wbg_set_wasm'](exports);
  const start = exports['__wbindgen_start'];
  if (typeof start === 'function') start();
  return bindings;
}

export const biscuitProof: Per = async (count) => {
  const { AuthorizerBuilder, Biscuit, KeyPair, SignatureAlgorithm } = await biscuit();
  const root = new KeyPair(SignatureAlgorithm.Ed25519);
  const builder = Biscuit.builder();
  builder.addCode('right("garden", "read"); right("garden", "write");');
  let token = builder.build(root.getPrivateKey());
  for (const code of ['check if right("garden", "read");', 'check if time($t), $t < 2090-01-01T00:00:00Z;']) {
    const block = Biscuit.block_builder();
    block.addCode(code);
    token = token.appendBlock(block);
  }
  const bytes = token.toBytes();
  const publicKey = root.getPublicKey();
  return perOperation(count, () => {
    const received = Biscuit.fromBytes(bytes, publicKey);
    const authorizer = new AuthorizerBuilder();
    authorizer.addCode('time(2027-01-01T00:00:00Z); allow if right("garden", "read");');
    const built = authorizer.buildAuthenticated(received);
    built.authorize();
    built.free();
    received.free();
  });
};
