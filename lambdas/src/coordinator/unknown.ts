import { RequestRefusedError } from '@tributary/client/protocol';

/** Refusals of names and numbers that nothing is known by. */

export function modelUnknown(model: string): RequestRefusedError {
  return new RequestRefusedError(
    `Model ${model} does not exist; create it first, or correct the name`,
    { code: 'model-unknown', detail: { model } },
  );
}

export function roundUnknown(model: string, round: number): RequestRefusedError {
  return new RequestRefusedError(
    `Model ${model} has no round ${round}; ask for the model's status to learn its rounds`,
    { code: 'round-unknown', detail: { model, round } },
  );
}

export function versionUnknown(model: string, version: number): RequestRefusedError {
  return new RequestRefusedError(
    `Model ${model} has no version ${version}: no round published it; ask for version head, or for the model's rounds`,
    { code: 'version-unknown', detail: { model, version } },
  );
}
