import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { AwsError } from '../aws-error.ts';

/** First line of every XML document S3 answers with. */
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Elements that may occur more than once in the documents clients send. */
const REPEATED_ELEMENTS: ReadonlySet<string> = new Set([
  'AllowedHeader',
  'AllowedMethod',
  'AllowedOrigin',
  'CORSRule',
  'Event',
  'ExposeHeader',
  'FilterRule',
  'Object',
  'QueueConfiguration',
]);

const builder = new XMLBuilder({ ignoreAttributes: false });

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (name) => REPEATED_ELEMENTS.has(name),
});

/** A node of an XML document: text, or elements by name. */
export type XmlNode =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlNode[]
  | { readonly [name: string]: XmlNode };

/** Writes one element without a namespace; elements that are `undefined` are left out. */
export function xmlOf(name: string, content: XmlNode): string {
  // A parser reads a bare carriage return as a line feed, so keys keep theirs as references.
  return builder.build({ [name]: content }).replaceAll('\r', '&#13;');
}

/** Writes a whole S3 document. */
export function s3Document(name: string, content: { readonly [name: string]: XmlNode }): string {
  return XML_DECLARATION + xmlOf(name, { '@_xmlns': NAMESPACE, ...content });
}

/**
 * Reads the document a client sent; all text stays text, untrimmed.
 *
 * @throws {@link AwsError} `MalformedXML` when it is no XML or its root is another.
 */
export function parseS3Document(text: string, root: string): unknown {
  let parsed: unknown;
  try {
    parsed = parser.parse(text, true);
  } catch (cause) {
    throw malformed(String(cause), cause);
  }
  if (typeof parsed !== 'object' || parsed === null || !(root in parsed)) {
    throw malformed(`expected the root element ${root}`);
  }
  return (parsed as Record<string, unknown>)[root];
}

function malformed(reason: string, cause?: unknown): AwsError {
  return new AwsError(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate: ${reason}`,
    { cause },
  );
}
