/** A layer whose gradient is its input's. */
import * as tf from '@tensorflow/tfjs';

/** Adds a trainable weight of one example's shape, so that a gradient has to come back through what follows. */
export class Shift extends tf.layers.Layer {
  static className = 'Shift';

  override build(inputShape: tf.Shape): void {
    const zeros = tf.initializers.zeros();
    this.addWeight('shift', inputShape.slice(1), 'float32', zeros);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    const shift = this.weights[0]?.read();
    if (x === undefined || shift === undefined) throw new Error('Layer is not built');
    return tf.add(x, shift);
  }
}

tf.serialization.registerClass(Shift);
