import { z } from 'zod';
import { AwsError } from '../aws-error.ts';
import type { CorsRule } from './bucket-settings.ts';
import { parseS3Document, s3Document } from './xml.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html */
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'] as const;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
const RULES_MAX = 100;

const pattern = z
  .string()
  .refine((text) => text.split('*').length <= 2, { error: 'may contain one * at most' });

const schema = z.object({
  CORSRule: z
    .array(
      z.object({
        ID: z.string().optional(),
        AllowedOrigin: z.array(pattern),
        AllowedMethod: z.array(z.enum(METHODS)),
        AllowedHeader: z.array(pattern).default([]),
        ExposeHeader: z.array(z.string()).default([]),
        MaxAgeSeconds: z.string().regex(/^\d+$/).optional(),
      }),
    )
    .min(1)
    .max(RULES_MAX),
});

/**
 * Reads a `CORSConfiguration` document.
 *
 * @throws {@link AwsError} `MalformedXML`.
 */
export function parseCorsDocument(text: string): readonly CorsRule[] {
  const parsed = schema.safeParse(parseS3Document(text, 'CORSConfiguration'));
  if (!parsed.success) {
    throw new AwsError(
      'MalformedXML',
      `The CORS configuration did not validate: ${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data.CORSRule.map((rule) => ({
    id: rule.ID,
    allowedOrigins: rule.AllowedOrigin,
    allowedMethods: rule.AllowedMethod,
    allowedHeaders: rule.AllowedHeader,
    exposeHeaders: rule.ExposeHeader,
    maxAgeSeconds: rule.MaxAgeSeconds === undefined ? undefined : Number(rule.MaxAgeSeconds),
  }));
}

/** Writes a `CORSConfiguration` document; the inverse of {@link parseCorsDocument}. */
export function corsDocument(rules: readonly CorsRule[]): string {
  return s3Document('CORSConfiguration', {
    CORSRule: rules.map((rule) => ({
      ID: rule.id,
      AllowedOrigin: rule.allowedOrigins,
      AllowedMethod: rule.allowedMethods,
      AllowedHeader: rule.allowedHeaders,
      ExposeHeader: rule.exposeHeaders,
      MaxAgeSeconds: rule.maxAgeSeconds,
    })),
  });
}
