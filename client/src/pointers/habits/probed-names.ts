/** Names that runtimes, test programs and inspecting programs look for in any object, and expect to be absent. */
const PROBED: ReadonlySet<string> = new Set([
  // Promises, and what takes an object for one.
  'then',
  'catch',
  'finally',
  // JSON.stringify, and old versions of Node's console.
  'toJSON',
  'inspect',
  // Members of every object, where one has no prototype.
  ...Object.getOwnPropertyNames(Object.prototype),
  // What Node takes for a URL.
  'href',
  'protocol',
  // Jest, Vitest, Jasmine and Chai.
  'asymmetricMatch',
  'getMockName',
  'jasmineToString',
  'jquery',
  'toAsymmetricMatcher',
  // React's elements, the DOM's nodes, and what compares or prints them.
  'hasAttribute',
  'nodeName',
  'nodeType',
  'ownerDocument',
  'tagName',
  // TensorFlow.js asks what may be a tensor for these.
  'data',
  'dataSync',
  'isDisposedInternal',
  'kept',
  'throwIfDisposed',
]);

/** True for a name that means nothing where it is absent; so do those that begin unlike a word. */
export function isProbed(name: string): boolean {
  return PROBED.has(name) || !/^[A-Za-z]/.test(name);
}
