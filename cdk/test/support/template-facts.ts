import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FederationStack } from '../../src/index.ts';
import type { CorsFacts, DeploymentFacts, FunctionFacts } from './deployment-facts.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of many shapes, read in tests alone
type Properties = Record<string, any>;

/** Reads what `cdk deploy` would make, from the template of a stack with one worker. */
export function templateFacts(allowedOrigins?: readonly string[]): DeploymentFacts {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new FederationStack(app, 'tributary', {
    identityProvider: {
      issuer: 'https://login.example.com/',
      audience: 'my-devices',
      jwksUri: 'https://login.example.com/.well-known/jwks.json',
    },
    workers: ['bob'],
    ...(allowedOrigins === undefined ? {} : { federation: { allowedOrigins } }),
  });
  return readTemplate(Template.fromStack(stack));
}

function readTemplate(template: Template): DeploymentFacts {
  /** Properties of the one resource of a type whose logical id has a word. */
  const find = (type: string, word = ''): Properties => {
    const found = Object.entries(template.findResources(type)).filter(([id]) => id.includes(word));
    const [first] = found;
    if (first === undefined || found.length > 1) {
      throw new Error(`${found.length} resources of type ${type} have ${word}, expected 1`);
    }
    return first[1]['Properties'];
  };
  const fn = (word: string): Properties => find('AWS::Lambda::Function', word);
  const aggregator = fn('Aggregator');
  const bucket = find('AWS::S3::Bucket');
  const sweep = find('AWS::Scheduler::Schedule');
  const { MessageRetentionPeriod } = find('AWS::SQS::Queue', 'DeadLetters');
  return {
    coordinator: functionFacts(fn('Coordinator')),
    aggregator: functionFacts(aggregator),
    worker: functionFacts(fn('Worker')),
    pace: paceFacts(aggregator['Environment'].Variables),
    queues: {
      hints: queueFacts(find('AWS::SQS::Queue', 'Hints')),
      tasks: queueFacts(find('AWS::SQS::Queue', 'Tasks')),
      deadLetters: { retentionSeconds: MessageRetentionPeriod },
    },
    feeds: {
      hints: feedFacts(find('AWS::Lambda::EventSourceMapping', 'Hints')),
      tasks: feedFacts(find('AWS::Lambda::EventSourceMapping', 'Tasks')),
    },
    uploadEvents: eventFacts(bucket['NotificationConfiguration'].QueueConfigurations[0]),
    sweep: { expression: sweep['ScheduleExpression'], event: JSON.parse(sweep['Target'].Input) },
    bucketCors: bucketCors(bucket['CorsConfiguration']?.CorsRules[0]),
    urlCors: urlCors(find('AWS::Lambda::Url')['Cors']),
  };
}

function functionFacts(found: Properties): FunctionFacts {
  return {
    runtime: found['Runtime'],
    architecture: found['Architectures'][0],
    handler: found['Handler'],
    memoryMegabytes: found['MemorySize'],
    timeoutSeconds: found['Timeout'],
    reservedConcurrency: found['ReservedConcurrentExecutions'],
    variables: Object.keys(found['Environment'].Variables).sort(),
  };
}

function paceFacts(variables: Properties): Readonly<Record<string, unknown>> {
  return {
    collectIntervalSeconds: Number(variables['TRIBUTARY_COLLECT_INTERVAL_SECONDS']),
    sweepPatienceSeconds: Number(variables['TRIBUTARY_SWEEP_PATIENCE_SECONDS']),
  };
}

function queueFacts(queue: Properties): object {
  return {
    visibilitySeconds: queue['VisibilityTimeout'],
    receiveCountMax: queue['RedrivePolicy'].maxReceiveCount,
  };
}

function feedFacts(mapping: Properties): object {
  return {
    batchSize: mapping['BatchSize'],
    windowSeconds: mapping['MaximumBatchingWindowInSeconds'] ?? 0,
    maximumConcurrency: mapping['ScalingConfig'].MaximumConcurrency,
    reports: mapping['FunctionResponseTypes'],
  };
}

function eventFacts({ Event, Filter }: Properties): object {
  return { events: Event, prefix: Filter.S3Key.Rules[0].Value };
}

function bucketCors(rule: Properties | undefined): CorsFacts | undefined {
  if (rule === undefined) return undefined;
  return {
    origins: rule['AllowedOrigins'],
    methods: rule['AllowedMethods'],
    requestHeaders: rule['AllowedHeaders'],
    responseHeaders: rule['ExposedHeaders'],
    preflightSeconds: rule['MaxAge'],
  };
}

function urlCors(cors: Properties | undefined): CorsFacts | undefined {
  if (cors === undefined) return undefined;
  return {
    origins: cors['AllowOrigins'],
    methods: cors['AllowMethods'],
    requestHeaders: cors['AllowHeaders'],
    responseHeaders: cors['ExposeHeaders'],
    preflightSeconds: cors['MaxAge'],
  };
}
