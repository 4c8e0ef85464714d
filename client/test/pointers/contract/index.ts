import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { holdPointers } from '../hold-pointers.ts';
import { casesOfCommands } from './cases-commands.ts';
import { casesOfObjects } from './cases-objects.ts';
import { casesOfValues } from './cases-values.ts';
import { casesOfWorkers } from './cases-workers.ts';
import { datasets } from './datasets.ts';
import { errors } from './errors.ts';
import { firstPrograms } from './first-programs.ts';
import { handedOver } from './handed-over.ts';
import { lifetime } from './lifetime.ts';
import { multiPointer } from './multi-pointer.ts';
import { operations } from './operations.ts';
import { permissions } from './permissions.ts';
import { plainArguments } from './plain-arguments.ts';
import { planForms } from './plan-forms.ts';
import { planStructures } from './plan-structures.ts';
import { plans } from './plans.ts';
import { relocation } from './relocation.ts';
import { search } from './search.ts';
import { sendAndGet } from './send-and-get.ts';
import { training } from './training.ts';
import { workers } from './workers.ts';
import type { PointerWorld } from './world.ts';

const PARTS = [
  sendAndGet,
  relocation,
  operations,
  multiPointer,
  lifetime,
  workers,
  search,
  permissions,
  handedOver,
  plans,
  plainArguments,
  planForms,
  planStructures,
  training,
  datasets,
  errors,
  casesOfValues,
  casesOfObjects,
  casesOfCommands,
  casesOfWorkers,
  firstPrograms,
];

/** Everything that pointers promise, on workers of one kind. */
export function pointerContract(name: string, open: () => Promise<PointerWorld>): void {
  describe(name, () => {
    let world: PointerWorld | undefined;
    const given = (): PointerWorld => {
      if (world === undefined) throw new Error('The world is open within tests alone');
      return world;
    };
    holdPointers();

    beforeAll(async () => {
      await tf.setBackend('cpu');
      world = await open();
    });
    afterAll(async () => {
      await world?.close();
    });
    beforeEach(async () => {
      const { bob, alice, carol, hook, guest } = given();
      const workers = [bob, alice, carol, hook.localWorker, guest.bob];
      await Promise.all(workers.map((worker) => worker.clearObjects()));
    });
    for (const part of PARTS) part(given);
  });
}
