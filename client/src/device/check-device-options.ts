import { describeValue } from '../protocol/json-fault.ts';
import { assertOptionNames, type OptionNames } from '../protocol/option-names.ts';
import type { DeviceOptions } from './device.ts';

const NAMES: OptionNames<DeviceOptions> = { federation: true, deviceId: true, train: true };

/** @throws `TypeError` naming the first option that is unknown or none, which untyped code may pass. */
export function checkDeviceOptions(options: DeviceOptions): void {
  assertOptionNames('Device', options, NAMES);
  const { federation, deviceId, train }: Partial<DeviceOptions> = options;
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
