/** Kernels that multiply matrices. */
import type { DataType } from '@tensorflow/tfjs';
import { inputListOf, inputOf } from '../arguments.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelCall, type KernelPlan, type KernelRule, type Tf } from '../spec.ts';

const matMul: KernelRule = (call) => {
  const [a, b] = [inputOf(call, 'a'), inputOf(call, 'b')];
  const rowsAndInner = a.shape.slice(-2);
  const innerAndColumns = b.shape.slice(-2);
  if (call.attrs['transposeA']) rowsAndInner.reverse();
  if (call.attrs['transposeB']) innerAndColumns.reverse();
  const [rows = 0, inner = 0] = rowsAndInner;
  const [otherInner = 0, columns = 0] = innerAndColumns;
  if (a.shape.length < 2 || b.shape.length < 2 || inner !== otherInner) {
    refuse(
      'argument-invalid',
      `${call.kernel} got shapes [${a.shape}] and [${b.shape}], whose inner dimensions differ`,
    );
  }
  const { assertAndGetBroadcastShape } = call.tf.backend_util;
  const batch = assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, rows, columns];
  return { outputs: [{ shape, dtype: a.dtype }], work: elementsOf(shape) * Math.max(1, inner) };
};

const fusedMatMul: KernelRule = (call) => activated(call, matMul(call));

/** The plan of a kernel that adds a bias and applies an activation to what another makes. */
export function activated(call: KernelCall, plan: KernelPlan): KernelPlan {
  const [output] = plan.outputs;
  if (!output?.shape || output.dtype === null) return plan;
  const { shape } = output;
  for (const name of ['bias', 'preluActivationWeights']) {
    const input = call.inputs[name];
    if (!input) continue;
    const made = call.tf.backend_util.assertAndGetBroadcastShape([...shape], [...input.shape]);
    // Formats with channels first spread one number per channel over the others.
    const isPerChannel = call.attrs['dataFormat'] === 'NCHW' && input.shape.length <= 3;
    if (made.join() !== shape.join() && !isPerChannel) {
      refuse(
        'argument-invalid',
        `${call.kernel} got a ${name} of shape [${input.shape}], which doesn't fit [${shape}]`,
      );
    }
  }
  const dtype = activatedDtype(call.attrs['activation'], output.dtype);
  return { ...plan, outputs: [{ shape, dtype }], scratchElements: elementsOf(shape) };
}

function activatedDtype(activation: unknown, dtype: DataType): DataType {
  return activation === 'prelu' || activation === 'leakyrelu' ? 'float32' : dtype;
}

const einsum: KernelRule = (call) => {
  const inputs = inputListOf(call);
  const [{ dtype }] = inputs;
  if (inputs.some((input) => input.dtype !== dtype) || dtype === 'bool') {
    refuse(
      'dtype-unsupported',
      'Einsum got bool or several dtypes; cast to one of float32 and int32',
    );
  }
  const { sizes, outputRank } = einsumSizes(
    call.tf,
    String(call.attrs['equation']),
    inputs.map(({ shape }) => shape),
  );
  const all = elementsOf(sizes);
  return {
    outputs: [{ shape: sizes.slice(0, outputRank), dtype }],
    work: all * 32,
    scratchElements: all,
  };
};

function einsumSizes(tf: Tf, equation: string, shapes: readonly (readonly number[])[]) {
  const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(
    equation,
    shapes.length,
  );
  const output = equation.replaceAll(/\s/g, '').split('->')[1] ?? '';
  if (new Set(output.split('')).size < output.length) {
    refuse(
      'argument-invalid',
      'Einsum got an equation whose result names a dimension twice; name each once',
    );
  }
  // What tfjs checks passes tensors of fewer dimensions than the equation names.
  for (const [term, dims] of idDims.entries()) {
    const rank = shapes[term]?.length;
    if (rank === dims.length) continue;
    refuse(
      'argument-invalid',
      `Einsum got ${rank} dimensions as tensor ${term}, allowed by its equation are ${dims.length}`,
    );
  }
  tf.backend_util.checkEinsumDimSizes(
    allDims.length,
    idDims,
    shapes.map((shape) => ({ shape })) as never,
  );
  const sizes = allDims.map((_, dim) => {
    const term = idDims.findIndex((dims) => dims.includes(dim));
    return shapes[term]?.[idDims[term]?.indexOf(dim) ?? -1] ?? 1;
  });
  return { sizes, outputRank: allDims.length - summedDims.length };
}

/** Rules by kernel. */
export const PRODUCTS: Readonly<Record<string, KernelRule>> = {
  BatchMatMul: matMul,
  Einsum: einsum,
  _FusedMatMul: fusedMatMul,
};
