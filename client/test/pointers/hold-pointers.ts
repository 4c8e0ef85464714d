import { afterEach, beforeEach } from 'vitest';

/**
 * Keeps what a test registers for finalization until the test ends. A pointer that its test needs no
 * more would otherwise be collected at any moment, and its object deleted at the worker.
 */
export function holdPointers(): void {
  const held: WeakKey[] = [];
  const { register } = FinalizationRegistry.prototype;

  beforeEach(() => {
    FinalizationRegistry.prototype.register = function (target, ...rest) {
      held.push(target);
      register.call(this, target, ...rest);
    };
  });

  afterEach(() => {
    FinalizationRegistry.prototype.register = register;
    held.length = 0;
  });
}
