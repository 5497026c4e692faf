/** Whether a device of this name is held in the hand: decides its picture. */

export function isHandheld(name: string): boolean {
  return /iphone|ipad|android|phone|tablet|pixel|galaxy/iu.test(name);
}
