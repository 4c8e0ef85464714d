import { SqsError } from './errors.ts';
import { parseJson } from './json.ts';
import { MESSAGE_BYTES_MAX } from './message.ts';

/** Where messages go that were received too often without being deleted. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  /** Deliveries a message may have; 1 … 1,000. */
  readonly maxReceiveCount: number;
}

/** A queue's attributes that its owner can set; seconds and bytes as in the API. */
export interface QueueSettings {
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly retentionSeconds: number;
  readonly receiveWaitSeconds: number;
  readonly messageBytesMax: number;
  readonly redrive: RedrivePolicy | undefined;
  /** Access policy, kept and given back; the local cloud enforces none. */
  readonly policy: string;
}

interface IntegerAttribute {
  readonly setting: keyof QueueSettings;
  readonly min: number;
  readonly max: number;
  readonly initial: number;
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const INTEGER_ATTRIBUTES: Readonly<Record<string, IntegerAttribute>> = {
  VisibilityTimeout: { setting: 'visibilityTimeoutSeconds', min: 0, max: 43_200, initial: 30 },
  DelaySeconds: { setting: 'delaySeconds', min: 0, max: 900, initial: 0 },
  MessageRetentionPeriod: {
    setting: 'retentionSeconds',
    min: 60,
    max: 1_209_600,
    initial: 345_600,
  },
  ReceiveMessageWaitTimeSeconds: { setting: 'receiveWaitSeconds', min: 0, max: 20, initial: 0 },
  MaximumMessageSize: {
    setting: 'messageBytesMax',
    min: 1_024,
    max: MESSAGE_BYTES_MAX,
    initial: MESSAGE_BYTES_MAX,
  },
};

/** Most deliveries a redrive policy may allow (same page). */
const RECEIVE_COUNT_MAX = 1_000;

/** The attributes a queue starts with. */
export function initialSettings(): QueueSettings {
  const integers = Object.values(INTEGER_ATTRIBUTES).map(({ setting, initial }) => [
    setting,
    initial,
  ]);
  return { ...(Object.fromEntries(integers) as QueueSettings), redrive: undefined, policy: '' };
}

/**
 * Applies attributes as sent to settings; what isn't named stays.
 *
 * @throws {@link SqsError} `InvalidAttributeName` or `InvalidAttributeValue`.
 */
export function applyAttributes(
  settings: QueueSettings,
  attributes: Readonly<Record<string, string>>,
): QueueSettings {
  const changed: Record<string, unknown> = { ...settings };
  for (const [name, value] of Object.entries(attributes)) {
    const integer = Object.hasOwn(INTEGER_ATTRIBUTES, name) ? INTEGER_ATTRIBUTES[name] : undefined;
    if (integer !== undefined) {
      changed[integer.setting] = parseInteger(name, value, integer);
    } else if (name === 'RedrivePolicy') {
      changed['redrive'] = parseRedrivePolicy(value);
    } else if (name === 'Policy') {
      changed['policy'] = value;
    } else {
      throw new SqsError('InvalidAttributeName', `Unknown Attribute ${name}`);
    }
  }
  return changed as unknown as QueueSettings;
}

/** Settings as the API shows them; absent ones are left out. */
export function settingsToAttributes(settings: QueueSettings): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, { setting }] of Object.entries(INTEGER_ATTRIBUTES)) {
    attributes[name] = String(settings[setting]);
  }
  if (settings.redrive !== undefined) {
    attributes['RedrivePolicy'] = JSON.stringify(settings.redrive);
  }
  if (settings.policy !== '') {
    attributes['Policy'] = settings.policy;
  }
  return attributes;
}

function parseInteger(name: string, value: string, { min, max }: IntegerAttribute): number {
  const parsed = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(parsed >= min && parsed <= max)) {
    throw invalidValue(name, `${name} must be an integer from ${min} to ${max}, got ${value}`);
  }
  return parsed;
}

function parseRedrivePolicy(value: string): RedrivePolicy | undefined {
  if (value === '') {
    return undefined;
  }
  const parsed = parseJson(value);
  if (parsed.kind === 'malformed') {
    throw invalidValue('RedrivePolicy', parsed.reason);
  }
  const policy = parsed.value as Partial<Record<keyof RedrivePolicy, unknown>> | null;
  const { deadLetterTargetArn, maxReceiveCount } = policy ?? {};
  // CloudFormation sends the count as a string, SDK users as a number; SQS takes both.
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== 'string' || !Number.isInteger(count)) {
    throw invalidValue('RedrivePolicy', 'needs deadLetterTargetArn and an integer maxReceiveCount');
  }
  if (count < 1 || count > RECEIVE_COUNT_MAX) {
    throw invalidValue(
      'RedrivePolicy',
      `maxReceiveCount must be from 1 to ${RECEIVE_COUNT_MAX}, got ${count}`,
    );
  }
  return { deadLetterTargetArn, maxReceiveCount: count };
}

function invalidValue(name: string, reason: string): SqsError {
  return new SqsError(
    'InvalidAttributeValue',
    `Invalid value for the parameter ${name}. Reason: ${reason}`,
  );
}
