import * as tf from '@tensorflow/tfjs';
import { LambdaWorker, TensorHook, VirtualWorker } from '@tributary/client';
import type { Guest, PointerWorld } from './contract/world.ts';

/** Three workers in this process. */
export async function openVirtualWorld(): Promise<PointerWorld> {
  const hook = new TensorHook(tf);
  const [bob, alice, carol] = ['bob', 'alice', 'carol'].map(
    (id) => new VirtualWorker(hook, { id }),
  ) as [VirtualWorker, VirtualWorker, VirtualWorker];
  const guestHook = new TensorHook(tf, { user: 'guest' });
  const guest: Guest = {
    hook: guestHook,
    bob: new VirtualWorker(guestHook, { id: 'bob', store: bob.store }),
  };
  return {
    hook,
    bob,
    alice,
    carol,
    bobAgain: () => new VirtualWorker(hook, { id: 'bob' }),
    bobOfAnotherClass: () => new LambdaWorker(hook, { id: 'bob', functionName: 'bob' }),
    guest,
    close: async () => undefined,
  };
}
