import { describeValue } from '../protocol/json-fault.ts';
import type { DeviceOptions } from './device.ts';

/** @throws `TypeError` naming the first option that is none, which untyped code may pass. */
export function checkDeviceOptions(options: DeviceOptions): void {
  const { federation, deviceId, train }: Partial<DeviceOptions> = options ?? {};
  if (typeof federation?.coordinator !== 'function') {
    throw wrong('federation', federation, 'a Federation with coordinatorUrl and token');
  }
  if (typeof deviceId !== 'string' || deviceId === '') {
    throw wrong('deviceId', deviceId, "the subject of the device's token");
  }
  if (typeof train !== 'function') {
    throw wrong('train', train, 'a function (weights, plan, context) that trains');
  }
}

function wrong(option: string, value: unknown, expected: string): TypeError {
  return new TypeError(
    `Option ${option} of Device is ${describeValue(value)}, expected ${expected}`,
  );
}
