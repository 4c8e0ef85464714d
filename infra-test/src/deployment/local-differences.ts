/**
 * Every way in which a deployment by this folder differs from one by the CDK. What is not named here is
 * the same: both read `DEPLOYMENT`, and a test compares what they made of it.
 */

/** One difference. */
export interface LocalDifference {
  /** What it is about. */
  readonly about: string;
  readonly onAws: string;
  readonly here: string;
  readonly why: string;
}

/** Origins whose scripts may take part on the local cloud. */
export const LOCAL_ORIGINS: readonly string[] = ['*'];

/** Differences, in the order in which a test prints them. */
export const localDifferences: readonly LocalDifference[] = [
  {
    about: 'origins of browsers',
    onAws: 'none unless allowedOrigins names some',
    here: 'any',
    why: 'pages on this machine are served from ports that are not known beforehand',
  },
  {
    about: 'names of resources',
    onAws: 'made by CloudFormation',
    here: 'begin with the name of the deployment',
    why: 'tests find queues and logs by name',
  },
  {
    about: 'roles and policies',
    onAws: 'one role for each function, and a bucket policy',
    here: 'none',
    why: 'the local cloud evaluates no policies; tests of the template do',
  },
  {
    about: 'expiration',
    onAws: 'updates, partials, claims and objects of workers expire',
    here: 'nothing expires',
    why: 'a local cloud lives for less than a day',
  },
  {
    about: 'encryption',
    onAws: 'TLS alone, objects and messages encrypted, the secret in Secrets Manager',
    here: 'HTTP on the loopback address',
    why: 'nothing leaves the machine',
  },
  {
    about: 'failed sweeps',
    onAws: 'not repeated by Lambda; what could not be started goes to the dead letters',
    here: 'repeated by Lambda as every event is',
    why: 'the local cloud has neither setting; a sweep may run twice',
  },
  {
    about: 'alarms, dashboard, traces and log groups',
    onAws: 'as the constructs make them',
    here: 'none; logs are files',
    why: 'the local cloud has no CloudWatch',
  },
];
