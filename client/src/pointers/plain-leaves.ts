/** Numbers and truth values among the arguments of a plan: which trace is right for them. */
import { encodeValue, type PlanForm, type RemotePlan } from '../protocol/index.ts';
import { mapLeaves } from './structure.ts';
import { FormLeaf, PlainLeaf } from './trace.ts';

/** A number that the function of a plan uses as a scalar tensor only: another needs no other trace. */
export class ScalarInput {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** The same arguments with stand-ins for tensors in place of plain values. */
export function withStandIns(args: readonly unknown[]): readonly unknown[] {
  return mapLeaves(args, (leaf) =>
    leaf instanceof PlainLeaf ? new FormLeaf(leaf) : leaf,
  ) as readonly unknown[];
}

/**
 * True when a plan that takes plain values as inputs does with these values what the plan does that was
 * traced with the values themselves: then it need not be sent again for others.
 */
export function isSamePlan(
  general: RemotePlan,
  specific: RemotePlan,
  leaves: readonly unknown[],
): boolean {
  const names = new Map<string, unknown>();
  let count = 0;
  for (const [index, leaf] of leaves.entries()) {
    const isPlain = leaf instanceof PlainLeaf;
    names.set(`i${index}`, isPlain ? { value: encodeValue(leaf.value) } : `i${count}`);
    if (!isPlain) count += 1;
  }

  const rename = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(rename) : (names.get(value as string) ?? value);
  const commands = general.commands.map(([op, args, attributes, results]) => [
    op,
    rename(args),
    attributes,
    results,
  ]);
  const forms = general.forms?.filter(
    (_: PlanForm, index) => !(leaves[index] instanceof PlainLeaf),
  );
  const renamed = {
    inputs: count,
    forms,
    constants: general.constants,
    commands,
    outputs: rename(general.outputs),
  };
  const { inputs, constants, outputs } = specific;
  const expected = {
    inputs,
    forms: specific.forms,
    constants,
    commands: specific.commands,
    outputs,
  };
  return JSON.stringify(renamed) === JSON.stringify(expected);
}
