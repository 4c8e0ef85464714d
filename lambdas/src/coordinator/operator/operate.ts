import { operationSchema } from '@tributary/client/protocol';
import type { Coordinator } from '../coordinator.ts';
import { checkRequest } from '../request-json.ts';
import { findVersion } from '../version-download.ts';
import { createModel } from './create-model.ts';
import { abortRound, closeRound } from './end-round.ts';
import { listModels, listRounds, modelStatus } from './lists.ts';
import { refuseDtypes } from './refuse-dtypes.ts';
import { roundStatus } from './round-status.ts';
import { startRound } from './start-round.ts';

/** Answers one operation of an operator; who may invoke the function is one. @throws `RequestRefusedError` for every refusal */
export async function operate(coordinator: Coordinator, event: unknown): Promise<object> {
  refuseDtypes(event);
  const operation = checkRequest(operationSchema, event, { source: 'the operation' });
  const { records } = coordinator;
  switch (operation.operation) {
    case 'create-model':
      return createModel(coordinator, operation);
    case 'start-round':
      return startRound(coordinator, operation);
    case 'close-round':
      return closeRound(coordinator, operation);
    case 'abort-round':
      return abortRound(coordinator, operation);
    case 'model-status':
      return modelStatus(records, operation.model);
    case 'round-status':
      return roundStatus(records, operation);
    case 'list-models':
      return listModels(records, operation.after);
    case 'list-rounds':
      return listRounds(records, operation.model, operation.before);
    case 'version':
      return findVersion(coordinator, operation.model, operation.version);
  }
}
