/** What signing out could not do, told to who has signed out (SPEC U20, Z58). */

import type { App } from '../model/app.ts';
import type { SignedOut } from '../model/session.ts';

const NOT_TOLD = 'You are signed out here; your node could not be told.';
const NOT_TOLD_HINT =
  'It will be while this page stays open. Otherwise end this device in the list of your devices, from another one.';
const NOT_BARE = 'You are signed out, but messages may still lie in this browser.';
const NOT_BARE_HINT =
  'Another tab may hold on to them. Close all tabs of this node, and let the browser clear what it keeps for it.';

export function tellSignedOut({ warn }: Pick<App, 'warn'>, { isNodeTold, isBare }: SignedOut): void {
  if (!isNodeTold) warn(NOT_TOLD, NOT_TOLD_HINT);
  if (!isBare) warn(NOT_BARE, NOT_BARE_HINT);
}
