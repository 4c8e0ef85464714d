import { RequestRefusedError } from '@tributary/client/protocol';
import * as z from 'zod';

/** As much of a plan as tells its tensors' dtypes, whatever else is right or wrong with it. */
const planWithDtypes = z.object({
  plan: z.object({ tensors: z.array(z.object({ name: z.string(), dtype: z.string() })) }),
});

/**
 * Refuses plans with tensors that can't be averaged, such as a 64-bit step counter, by name: the
 * schema would only say where in the list.
 *
 * @throws {@link RequestRefusedError} `wrong-dtype`
 */
export function refuseDtypes(operation: unknown): void {
  const parsed = planWithDtypes.safeParse(operation);
  const tensor = parsed.data?.plan.tensors.find(({ dtype }) => dtype !== 'F32');
  if (tensor === undefined) return;
  const { name, dtype } = tensor;
  throw new RequestRefusedError(
    `Tensor ${JSON.stringify(name.slice(0, 128))} has dtype ${JSON.stringify(dtype.slice(0, 16))}, a model's tensors are F32; convert it, or leave it out and keep it on the devices`,
    { code: 'wrong-dtype', detail: { tensor: name, dtype } },
  );
}
