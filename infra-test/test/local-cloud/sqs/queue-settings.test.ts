import { describe, expect, it } from 'vitest';
import {
  applyAttributes,
  initialSettings,
  settingsToAttributes,
} from '../../../src/local-cloud/sqs/queue-settings.ts';

describe('applyAttributes', () => {
  it.each([
    ['VisibilityTimeout', '0', '43200', '43201'],
    ['DelaySeconds', '0', '900', '901'],
    ['MessageRetentionPeriod', '60', '1209600', '59'],
    ['ReceiveMessageWaitTimeSeconds', '0', '20', '21'],
    ['MaximumMessageSize', '1024', '1048576', '1048577'],
  ])('takes %s from %s to %s and refuses %s', (name, min, max, beyond) => {
    for (const value of [min, max]) {
      const settings = applyAttributes(initialSettings(), { [name]: value });
      expect(settingsToAttributes(settings)[name]).toBe(value);
    }
    expect(() => applyAttributes(initialSettings(), { [name]: beyond })).toThrow(
      expect.objectContaining({ code: 'InvalidAttributeValue' }),
    );
  });

  it.each(['', ' 5', '5.0', '1e1', '-1', '0x5'])('refuses %j as an integer', (value) => {
    expect(() => applyAttributes(initialSettings(), { DelaySeconds: value })).toThrow(
      expect.objectContaining({ code: 'InvalidAttributeValue' }),
    );
  });

  it.each(['FifoQueue', 'toString', '__proto__', 'QueueArn'])(
    'refuses the attribute %s',
    (name) => {
      const attributes = Object.fromEntries([[name, '1']]);
      expect(() => applyAttributes(initialSettings(), attributes)).toThrow(
        expect.objectContaining({ code: 'InvalidAttributeName' }),
      );
    },
  );

  it('takes a redrive policy with its count as number or text, and clears it by an empty one', () => {
    for (const maxReceiveCount of [3, '3']) {
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn:x', maxReceiveCount });
      const settings = applyAttributes(initialSettings(), { RedrivePolicy });
      expect(settings.redrive).toEqual({ deadLetterTargetArn: 'arn:x', maxReceiveCount: 3 });
      expect(applyAttributes(settings, { RedrivePolicy: '' }).redrive).toBeUndefined();
    }
  });

  it.each([
    '{',
    'null',
    '{"maxReceiveCount":3}',
    '{"deadLetterTargetArn":"a","maxReceiveCount":0}',
    '{"deadLetterTargetArn":"a","maxReceiveCount":1001}',
    '{"deadLetterTargetArn":"a","maxReceiveCount":1.5}',
  ])('refuses the redrive policy %s', (RedrivePolicy) => {
    expect(() => applyAttributes(initialSettings(), { RedrivePolicy })).toThrow(
      expect.objectContaining({ code: 'InvalidAttributeValue' }),
    );
  });

  it('leaves what is not named as it was', () => {
    const settings = applyAttributes(initialSettings(), { DelaySeconds: '7' });
    expect(applyAttributes(settings, { VisibilityTimeout: '9' })).toEqual({
      ...settings,
      visibilityTimeoutSeconds: 9,
    });
  });
});
