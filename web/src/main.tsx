/** The product: the app on the SDK. */

import { sdkGate } from './model/gate.ts';
import { start } from './shell/start.tsx';

start(sdkGate(location.origin));
