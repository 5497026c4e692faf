/** The calls of devices (SPEC section D): letting a new one in, and what revoking one would do. */

import type { DevicesApi } from 'copse/internal/api/devices.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { nameBytesMax } from 'copse/internal/base/limits.ts';
import { previewOfRevocation, requireWhole } from './devices.ts';
import type { Gate } from './gate.ts';
import type { Who } from './grounds.ts';
import { cleanName } from './names.ts';
import { codeShown, codeTyped, type Pairing, type Pairings } from './pairings.ts';

type Request<Name extends keyof DevicesApi> = Parameters<DevicesApi[Name]>[0];
type Answer<Name extends keyof DevicesApi> = Awaited<ReturnType<DevicesApi[Name]>>;

const NOTHING = {};
const WENT_ON = { what: 'devices', site: null } as const;

export class DevicesFacet implements DevicesApi {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async pairBegin({ deviceName, commitment }: Request<'pairBegin'>): Promise<Answer<'pairBegin'>> {
    await this.#gate.anyone();
    const { session: asking, deviceKey: device, address } = this.#gate;
    const name = cleanName(deviceName, nameBytesMax).text;
    const part = { device, deviceName: name, address, commitment: commitment.slice(), asking };
    const pairing = this.#pairings.add(part);
    return { pairing: pairing.id, code: codeShown(pairing.code), untilMs: this.#wallOf(pairing) };
  }

  async pairLook({ pairing: id }: Request<'pairLook'>): Promise<Answer<'pairLook'>> {
    const pairing = await this.#mine(id);
    pairing.asking = this.#gate.session;
    const { handOver, scanned } = pairing;
    const { state } = handOver;
    if (state.kind === 'given' || state.kind === 'denied') this.#pairings.end(pairing);
    return { state, scanned };
  }

  async pairReveal({ pairing: id, exchange, nonce }: Request<'pairReveal'>): Promise<object> {
    const pairing = await this.#mine(id);
    pairing.handOver.reveal({ exchange, nonce });
    pairing.giving?.changed(WENT_ON);
    return NOTHING;
  }

  async pairCancel({ pairing: id }: Request<'pairCancel'>): Promise<object> {
    const pairing = await this.#mine(id);
    this.#pairings.end(pairing);
    pairing.giving?.changed(WENT_ON);
    return NOTHING;
  }

  async pairFind(asked: Request<'pairFind'>): Promise<Answer<'pairFind'>> {
    await this.#whole();
    const { id, deviceName, device, commitment, ...found } = this.#find(asked);
    return { pairing: id, deviceName, device, commitment, untilMs: this.#wallOf(found) };
  }

  async pairMeet(request: Request<'pairMeet'>): Promise<object> {
    const who = await this.#whole();
    const pairing = this.#find({ kind: 'pairing', pairing: request.pairing });
    this.#pairings.requireRoomFor(who.key);
    const { exchange, nonce, scanned } = request;
    pairing.handOver.meet(who.key, { device: this.#gate.deviceKey, exchange, nonce });
    pairing.scanned = scanned;
    pairing.giving = this.#gate.session;
    pairing.asking.changed(WENT_ON);
    return NOTHING;
  }

  async pairRevealed({ pairing: id }: Request<'pairRevealed'>): Promise<Answer<'pairRevealed'>> {
    const { device, handOver } = await this.#met(id);
    return { party: handOver.revealed === null ? null : { device, ...handOver.revealed } };
  }

  async pairGive({ pairing: id, sealed }: Request<'pairGive'>): Promise<object> {
    const pairing = await this.#met(id);
    pairing.handOver.give(this.#gate.deviceKey, sealed);
    pairing.asking.changed(WENT_ON);
    return NOTHING;
  }

  async pairDeny({ pairing: id }: Request<'pairDeny'>): Promise<object> {
    const pairing = await this.#met(id);
    if (pairing.handOver.state.kind === 'given') throw new Fault('used', 'it was let in already');
    pairing.handOver.deny();
    pairing.asking.changed(WENT_ON);
    return NOTHING;
  }

  async revokePreview({ device }: Request<'revokePreview'>): Promise<Answer<'revokePreview'>> {
    const who = await this.#gate.user();
    const { grounds, reception } = this.#gate.parts;
    return previewOfRevocation(grounds, reception.live, who, device);
  }

  async #mine(id: Uint8Array): Promise<Pairing> {
    await this.#gate.anyone();
    return this.#pairings.mine(id, this.#gate.deviceKey);
  }

  /** One that this very device has met. */
  async #met(id: Uint8Array): Promise<Pairing> {
    await this.#whole();
    const pairing = this.#pairings.withId(id);
    const metBy = pairing?.handOver.metBy ?? null;
    if (pairing === null || metBy === null || !equal(metBy.device, this.#gate.deviceKey)) {
      throw new Fault('unknown', 'a device that you have answered');
    }
    pairing.giving = this.#gate.session;
    return pairing;
  }

  /** Whoever lets devices in is blessed for everything: what she hands on is everything. */
  async #whole(): Promise<Who> {
    const who = await this.#gate.user();
    requireWhole(who);
    return who;
  }

  #find(asked: Request<'pairFind'>): Pairing {
    const code = asked.kind === 'code' ? codeTyped(asked.code) : null;
    const found =
      asked.kind === 'pairing'
        ? this.#pairings.withId(asked.pairing)
        : code === null
          ? null
          : this.#pairings.withCode(code);
    if (found === null) throw new Fault('unknown', 'No device waits under this code.');
    return found;
  }

  #wallOf({ untilMs }: Pick<Pairing, 'untilMs'>): number {
    const { env } = this.#gate.parts.grounds;
    return Math.ceil(env.wallMs() + Math.max(0, untilMs - env.nowMs()));
  }

  get #pairings(): Pairings {
    return this.#gate.parts.pairings;
  }
}
