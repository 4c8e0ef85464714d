import { expect, test } from 'vitest';
import { describedFacts } from './support/deployment-facts.ts';
import { templateFacts } from './support/template-facts.ts';

const ORIGINS = ['https://app.example.com'];

test('the template is what the description of a deployment says', () => {
  expect(templateFacts()).toEqual(describedFacts([]));
});

test('scripts of origins that were chosen may send what the description says', () => {
  expect(templateFacts(ORIGINS)).toEqual(describedFacts(ORIGINS));
});
