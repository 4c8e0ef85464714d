import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../src/federation/build-plan.ts';
import { decodeSafetensors, decodeWeights, encodeWeights } from '../../src/protocol/index.ts';
import { checkEntries } from '../../src/protocol/tensors/check-entries.ts';

/** Written by Python's safetensors, whose writer is the Rust one, from tensors in another order. */
const FILE = readFileSync(
  new URL('../protocol/fixtures/sorted_by_python.safetensors', import.meta.url),
);
const NAMES = ['10', '9', 'B', 'a', 'a\u0000', 'b', 'empty', 'layer10/w', 'layer2/w', 'scalar'];
const NAMES_BEYOND_ASCII = ['é', '～', '😀'];

const tensors = Object.entries(decodeWeights(FILE));
const weights = Object.fromEntries(tensors.toReversed());

describe('the order of a plan’s tensors', () => {
  it('is the order of a file from the stock writer, whatever order the weights came in', () => {
    const plan = buildPlan({ model: 'm', weights });

    expect(plan.tensors.map(({ name }) => name)).toEqual([...NAMES, ...NAMES_BEYOND_ASCII]);
    expect(() => checkEntries(plan, decodeSafetensors(FILE).tensors)).not.toThrow();
  });

  it('is another than the one they came in, which a file may not have', () => {
    const plan = buildPlan({ model: 'm', weights });
    const reversed = decodeSafetensors(encodeWeights(weights));

    expect(() => checkEntries(plan, reversed.tensors)).toThrow(
      /begins at byte \d+ of the data section, expected 0; write tensors in the plan's order/,
    );
  });
});
