import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Federation, type FederationProps } from '../../src/index.ts';

/** An identity provider of somebody's own. */
export const IDENTITY = {
  issuer: 'https://login.example.com/',
  audience: 'my-devices',
  jwksUri: 'https://login.example.com/.well-known/jwks.json',
} as const;

/** An app that leaves bundling out, which templates don't need. */
export function appWithoutBundles(): App {
  return new App({ context: { 'aws:cdk:bundling-stacks': [] } });
}

/** A stack to put constructs in. */
export function emptyStack(): Stack {
  return new Stack(appWithoutBundles(), 'tributary');
}

/** Template of a stack with one federation. */
export function synthesize(props: Partial<FederationProps> = {}): Template {
  const stack = emptyStack();
  new Federation(stack, 'Federation', { ...IDENTITY, ...props });
  return Template.fromStack(stack);
}

/** Template of a federation with every prop that adds statements. */
export function synthesizeWithKeyAndTraces(): Template {
  const stack = emptyStack();
  const encryptionKey = Key.fromKeyArn(stack, 'Key', KEY_ARN);
  new Federation(stack, 'Federation', { ...IDENTITY, encryptionKey, tracing: true });
  return Template.fromStack(stack);
}

/** A key that exists already. */
export const KEY_ARN =
  'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** A resource of a template. */
export interface TemplateResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates are JSON of many shapes, read in tests alone
  readonly Properties: Record<string, any>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

/** The resources of a type, by logical id. */
export function resourcesOf(template: Template, type: string): Record<string, TemplateResource> {
  return template.findResources(type) as Record<string, TemplateResource>;
}

/** The one resource of a type whose logical id begins so. */
export function resource(template: Template, type: string, prefix = ''): TemplateResource {
  const found = Object.entries(resourcesOf(template, type)).filter(([id]) => id.startsWith(prefix));
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(`${found.length} resources of type ${type} begin with ${prefix}, expected 1`);
  }
  return first[1];
}
