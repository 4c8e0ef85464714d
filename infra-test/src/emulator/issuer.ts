/** An issuer of devices' tokens whose keys the deployed functions can fetch. */
import {
  createSigningKey,
  type ExportedIssuer,
  exportSigningKey,
  startIdentityProvider,
} from '../identity-provider/index.ts';
import { keySetStack } from './key-set-stack.ts';
import { createStack, deleteStack } from './stacks.ts';
import type { ClientTarget } from './target.ts';

const STACK = 'tributary-keys';

/** An issuer, until it is closed. */
export interface OpenIssuer {
  readonly exported: ExportedIssuer;
  close(): Promise<void>;
}

/** An emulator's functions reach this machine's loopback; AWS's don't, so there a function serves the keys. */
export async function openIssuer(target: ClientTarget): Promise<OpenIssuer> {
  if (target.endpoint === undefined) return publishKeys(target);
  const provider = await startIdentityProvider();
  return { exported: await provider.export(), close: () => provider.close() };
}

/** Has a function serve a new key's public half at a URL, for functions that can't reach this machine. */
export async function publishKeys(target: ClientTarget): Promise<OpenIssuer> {
  const key = await createSigningKey();
  const template = keySetStack(JSON.stringify({ keys: [key.publicJwk] }));
  const { Url: issuer } = await createStack(target, STACK, template);
  if (issuer === undefined) throw new Error(`Stack ${STACK} has no output Url`);
  return {
    exported: {
      issuer,
      audience: 'tributary',
      jwksUrl: issuer,
      privateJwk: await exportSigningKey(key),
    },
    close: () => deleteStack(target, STACK),
  };
}
