/** A layer with weights of no elements and of no dimensions. */
import * as tf from '@tensorflow/tfjs';

class OddLayer extends tf.layers.Layer {
  static className = 'OddLayer';

  override build(inputShape: tf.Shape): void {
    const zeros = tf.initializers.zeros();
    this.addWeight('wide', [0, 3], 'float32', zeros);
    this.addWeight('tall', [2, 0], 'float32', zeros);
    this.addWeight('factor', [], 'float32', tf.initializers.ones());
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    const factor = this.weights[2]?.read();
    if (x === undefined || factor === undefined) throw new Error('Layer is not built');
    return tf.mul(x, factor);
  }
}

tf.serialization.registerClass(OddLayer);

/** One scalar that scales, one weight of shape [0, 3] and one of [2, 0]. */
export function oddModel(): tf.Sequential {
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 4 });
  return tf.sequential({
    layers: [
      new OddLayer({ name: 'odd', inputShape: [4] }),
      tf.layers.dense({ name: 'classes', units: 3, activation: 'softmax', kernelInitializer }),
    ],
  });
}
