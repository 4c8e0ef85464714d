import { z } from 'zod';
import { AwsError } from '../aws-error.ts';
import type { QueueNotification } from './bucket-settings.ts';
import { parseS3Document, s3Document } from './xml.ts';

/** Events that are raised here; the others exist for operations that are not. */
const EVENTS = ['s3:ObjectCreated:*', 's3:ObjectCreated:Put'] as const;

const filterRule = z.object({
  Name: z
    .string()
    .transform((name) => name.toLowerCase())
    .pipe(z.enum(['prefix', 'suffix'])),
  Value: z.string().default(''),
});

const schema = z.object({
  QueueConfiguration: z
    .array(
      z.object({
        Id: z.string().optional(),
        Queue: z.string(),
        Event: z.array(z.string()).min(1),
        Filter: z.object({ S3Key: z.object({ FilterRule: z.array(filterRule) }) }).optional(),
      }),
    )
    .default([]),
});

/**
 * Reads a `NotificationConfiguration` document.
 *
 * @param nextId - Names a subscription that comes without a name.
 * @throws {@link AwsError} `MalformedXML`, `InvalidArgument` for overlapping subscriptions, `NotImplemented`
 * for other destinations than queues and other events than created objects.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
export function parseNotificationDocument(
  text: string,
  nextId: () => string,
): readonly QueueNotification[] {
  const document = parseS3Document(text, 'NotificationConfiguration');
  requireQueuesOnly(document);
  // An empty configuration, which ends all subscriptions, is parsed as an empty text.
  const parsed = schema.safeParse(typeof document === 'string' ? {} : document);
  if (!parsed.success) {
    throw new AwsError(
      'MalformedXML',
      `The notification configuration did not validate: ${z.prettifyError(parsed.error)}`,
    );
  }
  const notifications = parsed.data.QueueConfiguration.map((configuration) => {
    const rules = configuration.Filter?.S3Key.FilterRule ?? [];
    return {
      id: configuration.Id ?? nextId(),
      queueArn: configuration.Queue,
      events: configuration.Event,
      prefix: rules.find((rule) => rule.Name === 'prefix')?.Value ?? '',
      suffix: rules.find((rule) => rule.Name === 'suffix')?.Value ?? '',
    };
  });
  checkEvents(notifications);
  checkOverlap(notifications);
  return notifications;
}

/** Writes a `NotificationConfiguration` document; the inverse of {@link parseNotificationDocument}. */
export function notificationDocument(notifications: readonly QueueNotification[]): string {
  return s3Document('NotificationConfiguration', {
    QueueConfiguration: notifications.map(({ id, queueArn, events, prefix, suffix }) => {
      const rules = [
        { Name: 'Prefix', Value: prefix },
        { Name: 'Suffix', Value: suffix },
      ].filter((rule) => rule.Value !== '');
      return {
        Id: id,
        Queue: queueArn,
        Event: events,
        Filter: rules.length === 0 ? undefined : { S3Key: { FilterRule: rules } },
      };
    }),
  });
}

function requireQueuesOnly(document: unknown): void {
  const names = typeof document === 'object' && document !== null ? Object.keys(document) : [];
  const other = names.find((name) => name !== 'QueueConfiguration' && !name.startsWith('#'));
  if (other !== undefined) {
    throw new AwsError('NotImplemented', `Notifications by ${other} are not implemented`);
  }
}

function checkEvents(notifications: readonly QueueNotification[]): void {
  for (const event of notifications.flatMap(({ events }) => events)) {
    if (!EVENTS.some((known) => known === event)) {
      throw new AwsError('NotImplemented', `Notifications of ${event} are not implemented`);
    }
  }
}

/** Two subscriptions overlap when some key passes both filters; all served events do among themselves. */
function checkOverlap(notifications: readonly QueueNotification[]): void {
  for (const [index, left] of notifications.entries()) {
    for (const right of notifications.slice(index + 1)) {
      const prefixesMeet =
        left.prefix.startsWith(right.prefix) || right.prefix.startsWith(left.prefix);
      const suffixesMeet = left.suffix.endsWith(right.suffix) || right.suffix.endsWith(left.suffix);
      if (prefixesMeet && suffixesMeet) {
        throw new AwsError(
          'InvalidArgument',
          `Configurations overlap: ${left.id} and ${right.id} share the same event type`,
        );
      }
    }
  }
}
