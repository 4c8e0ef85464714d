import fc from 'fast-check';
import { powerOfTwo } from '../../src/aggregation/fixed-point.ts';

/** Little-endian bytes of float32 values. */
export function float32Bytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** The float32 with these bits. */
function float32OfBits(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}

/** The largest float32 below 2^exponent. */
export function largestBelow(exponent: number): number {
  return powerOfTwo(exponent) * (1 - powerOfTwo(-24));
}

/** The value as an exact integer count of 2^-149, the smallest float32. */
export function inSmallestUnits(value: number): bigint {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = BigInt(bits & 0x7fffff);
  const magnitude = exponent === 0 ? fraction : (fraction | 0x800000n) << BigInt(exponent - 1);
  return bits >>> 31 === 1 ? -magnitude : magnitude;
}

/** What a fold may meet: b, q and a weight that go together. */
export interface Arithmetic {
  readonly deltaBoundLog2: number;
  readonly fractionBits: number;
  readonly weightMax: number;
}

export const anyArithmetic: fc.Arbitrary<Arithmetic> = fc
  .record({
    deltaBoundLog2: fc.integer({ min: -20, max: 20 }),
    weightLog2: fc.integer({ min: 0, max: 24 }),
    slack: fc.nat({ max: 42 }),
  })
  .map(({ deltaBoundLog2, weightLog2, slack }) => ({
    deltaBoundLog2,
    fractionBits: Math.max(9, 51 - weightLog2 - slack) - deltaBoundLog2,
    weightMax: 2 ** weightLog2,
  }));

/** Values below 2^b in magnitude, as awkward as they come: ties, subnormals, zeros, the bound. */
export function anyValue({ deltaBoundLog2, fractionBits }: Arithmetic): fc.Arbitrary<number> {
  const boundBits = (deltaBoundLog2 + 127) << 23;
  const halves = 2 ** Math.min(24, deltaBoundLog2 + fractionBits + 1) - 1;
  const edge = largestBelow(deltaBoundLog2);
  return fc
    .tuple(
      fc.oneof(
        fc.integer({ min: 0, max: boundBits - 1 }).map(float32OfBits),
        fc.integer({ min: 0, max: halves }).map((half) => half * powerOfTwo(-fractionBits - 1)),
        fc.constantFrom(0, powerOfTwo(-149), powerOfTwo(-126), edge),
      ),
      fc.boolean(),
    )
    .map(([magnitude, isNegative]) => (isNegative ? -magnitude : magnitude));
}

/** Any float32 at all, NaN, infinities and the neighbours of a bound included. */
export const anyFloat32: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }).map(float32OfBits),
  fc
    .tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -1, max: 1 }), fc.boolean())
    .map(([exponent, step, isNegative]) =>
      float32OfBits((((exponent + 127) << 23) + step + (isNegative ? 0x80000000 : 0)) >>> 0),
    ),
);
