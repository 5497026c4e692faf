/** The desk of devices on an application's own connection. */

import { devicesApi } from '../api/devices.ts';
import type { Key } from '../base/ids.ts';
import { DeviceDesk } from './device-desk.ts';
import { tunnelled } from './facet-tunnel.ts';
import type { HomeRemote } from './home-api.ts';
import type { RecoveryTools } from './recovery-realms.ts';

export function deskOf(
  { env, primitives }: RecoveryTools,
  node: Key,
  home: () => Promise<HomeRemote>,
): DeviceDesk {
  const remote = tunnelled(devicesApi, async (request) => (await home()).passFacet(request));
  return new DeviceDesk({ env, primitives, node, remote, handing: async () => (await home()).handing({}) });
}
