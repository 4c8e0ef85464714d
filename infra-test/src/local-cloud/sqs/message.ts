import { createHash } from 'node:crypto';
import { invalidParameter, SqsError } from './errors.ts';

/**
 * Largest message, and largest sum of a batch's messages, in bytes of body and attributes.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export const MESSAGE_BYTES_MAX: number = 1_048_576;

/** Most attributes of one message (same page). */
const MESSAGE_ATTRIBUTES_MAX = 10;

/** A message attribute on the wire; `BinaryValue` is base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: string | undefined;
}

/** What a sender hands over. */
export interface OutgoingMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined;
  /** Milliseconds before the message can first be received; the queue's delay when absent. */
  readonly delayMs?: number | undefined;
}

/** A message as a consumer gets it; the receipt belongs to this one delivery. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly bodyMd5: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** Deliveries so far, this one included. */
  readonly receiveCount: number;
  /** Milliseconds since the epoch. */
  readonly sentAtMs: number;
  /** Milliseconds since the epoch. */
  readonly firstReceivedAtMs: number;
  /** The queue that gave the message up as undeliverable, on a dead-letter queue. */
  readonly deadLetterSourceArn: string | undefined;
}

/** Hex MD5 of a text's UTF-8 bytes. */
export function md5OfText(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}

/** Bytes that count against {@link MESSAGE_BYTES_MAX}: body, and each attribute's name, type and value. */
export function messageByteCount(message: OutgoingMessage): number {
  let byteCount = Buffer.byteLength(message.body);
  for (const [name, attribute] of Object.entries(message.attributes ?? {})) {
    byteCount +=
      Buffer.byteLength(name) +
      Buffer.byteLength(attribute.DataType) +
      attributeValue(attribute).length;
  }
  return byteCount;
}

/**
 * Hex MD5 over message attributes, sorted by name, each part preceded by its length.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: Readonly<Record<string, MessageAttribute>>): string {
  const hash = createHash('md5');
  const updateWithLength = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const attribute = attributes[name];
    if (attribute === undefined) {
      continue;
    }
    updateWithLength(Buffer.from(name));
    updateWithLength(Buffer.from(attribute.DataType));
    hash.update(Buffer.of(isBinary(attribute) ? 2 : 1));
    updateWithLength(attributeValue(attribute));
  }
  return hash.digest('hex');
}

/**
 * Checks what SQS checks before it stores a message.
 *
 * @throws {@link SqsError} `InvalidMessageContents`, `MissingParameter` or `InvalidParameterValue`.
 */
export function checkMessage(message: OutgoingMessage, bytesMax: number): void {
  if (message.body === '') {
    throw new SqsError('MissingParameter', 'The request must contain the parameter MessageBody');
  }
  if (!isStorable(message.body)) {
    throw new SqsError(
      'InvalidMessageContents',
      'Invalid characters found; allowed are #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD and #x10000 to #x10FFFF',
    );
  }
  checkAttributes(message.attributes ?? {});
  const byteCount = messageByteCount(message);
  if (byteCount > bytesMax) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${bytesMax} bytes, got ${byteCount}`,
    );
  }
}

/** The characters of XML 1.0, which SQS still holds its JSON callers to; unpaired surrogates are not among them. */
function isStorable(text: string): boolean {
  return /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u.test(text);
}

function checkAttributes(attributes: Readonly<Record<string, MessageAttribute>>): void {
  const names = Object.keys(attributes);
  if (names.length > MESSAGE_ATTRIBUTES_MAX) {
    throw invalidParameter(
      `Number of message attributes [${names.length}] exceeds the allowed maximum [${MESSAGE_ATTRIBUTES_MAX}]`,
    );
  }
  for (const [name, attribute] of Object.entries(attributes)) {
    if (!/^(?!(?:aws|amazon)\.)[\w-]+(?:\.[\w-]+)*$/i.test(name) || name.length > 256) {
      throw invalidParameter(`The message attribute name '${name}' is invalid`);
    }
    if (!/^(?:String|Number|Binary)(?:\..+)?$/.test(attribute.DataType)) {
      throw invalidParameter(
        `The message attribute '${name}' has an invalid type prefix, the set of supported types is Binary, Number and String`,
      );
    }
    if (attributeValue(attribute).length === 0) {
      throw invalidParameter(
        `The message attribute '${name}' must contain a non-empty value of type ${attribute.DataType}`,
      );
    }
  }
}

function isBinary(attribute: MessageAttribute): boolean {
  return attribute.DataType.startsWith('Binary');
}

function attributeValue(attribute: MessageAttribute): Buffer {
  return isBinary(attribute)
    ? Buffer.from(attribute.BinaryValue ?? '', 'base64')
    : Buffer.from(attribute.StringValue ?? '');
}
