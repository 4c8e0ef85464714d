import {
  CommandError,
  createAttributesSchema,
  decodeBase64,
  fetchAttributesSchema,
  type ObjectAttributes,
  type RemoteForm,
  remoteBytes,
  sha256Hex,
} from '../../protocol/index.ts';
import type { BatchRun } from '../batch/batch-run.ts';
import { attributesOf, type Command, checkCounts, type Verb } from '../batch/command.ts';
import { newFacts, storeObject } from '../batch/keep-object.ts';
import { newRestrictions } from '../permissions/restrictions.ts';
import { checkElements, tensorFromBytes } from '../tensor-bytes.ts';
import { transfersOf } from './upload.ts';

/** `$create`: stores elements that came with the command or were uploaded before. */
export const createObject: Verb = async (run, command) => {
  checkCounts(command, { args: 0, results: 1 });
  const attributes = attributesOf(createAttributesSchema, command);
  const { data, upload } = attributes;
  const bytes = upload === undefined ? elementsOf(data ?? '') : await uploaded(run, upload);
  await storeElements(run, command, { ...attributes, bytes });
  return undefined;
};

/** `$fetch`: stores elements that another worker of the deployment offers. */
export const fetchObject: Verb = async (run, command) => {
  checkCounts(command, { args: 0, results: 1 });
  const attributes = attributesOf(fetchAttributesSchema, command);
  const bytes = await transfersOf(run).fetch(attributes.url, remoteBytes(attributes));
  if ((await sha256Hex(bytes)) !== attributes.sha256) {
    throw new CommandError('What was fetched has another SHA-256 than stated; read it again', {
      code: 'data-invalid',
    });
  }
  await storeElements(run, command, { ...attributes, bytes });
  return undefined;
};

async function storeElements(
  run: BatchRun,
  command: Command,
  { bytes, ...attributes }: RemoteForm & ObjectAttributes & { readonly bytes: Uint8Array },
): Promise<void> {
  const { dtype, shape, tags = [], description = '' } = attributes;
  checkElements({ dtype, shape }, bytes);
  const restrictions = newRestrictions(run.context, attributes);
  const form = { dtype, shape, tags, description };
  const facts = newFacts(run, { ...form, kind: 'tensor', origin: 'sent', restrictions });
  const name = run.ownName(command.wire[3][0] as string);
  await storeObject(run, command, { name, facts, bytes });
  if (!run.live.isUsedAfter(name, command.index)) return;
  const tensor = tensorFromBytes(run.context.tf, facts, bytes);
  run.live.add(name, { facts, tensor }, command.index);
}

function elementsOf(data: string): Uint8Array {
  const bytes = decodeBase64(data);
  if (bytes !== undefined) return bytes;
  throw new CommandError('The data of $create is not base64 with padding; encode it as RFC 4648', {
    code: 'data-invalid',
  });
}

async function uploaded(run: BatchRun, sha256: string): Promise<Uint8Array> {
  const bytes = await transfersOf(run).readUpload({ owner: run.context.caller, sha256 });
  if (bytes !== undefined) return bytes;
  throw new CommandError(
    `Storage has no upload ${sha256}, expected the elements of $create there: it has expired, or something in between, such as a proxy, acknowledged it; check the way to storage and send the tensor again`,
    {
      code: 'upload-not-found',
    },
  );
}
