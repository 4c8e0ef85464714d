import { describe, expect, it } from 'vitest';
import { readHints } from '../../src/aggregator/hints.ts';
import { pseudonym } from '../support/federation.ts';

const device = pseudonym(1);

function eventOf(key: string, eventName = 'ObjectCreated:Put'): string {
  return JSON.stringify({ Records: [{ eventName, s3: { object: { key } } }] });
}

describe('F14 messages of the hint queue', () => {
  it.each([
    ['S3’s test event', '{"Service":"Amazon S3","Event":"s3:TestEvent"}'],
    ['an empty object', '{}'],
    ['no records', '{"Records":[]}'],
    ['no JSON', 'not json'],
    ['an empty body', ''],
    ['null', 'null'],
    ['records that are no array', '{"Records":"x"}'],
    ['a removal', eventOf(`updates/0/m/1/${device}`, 'ObjectRemoved:Delete')],
    ['a short device', eventOf('updates/0/m/1/a+b')],
    ['a path that climbs', eventOf('updates/0/../x')],
    ['another kind', eventOf(`models/0/m/1/${device}`)],
    ['a broken escape', eventOf('updates/%E0%A4%A/m')],
    ['a negative group', eventOf(`updates/-1/m/1/${device}`)],
    ['round 0', eventOf(`updates/0/m/0/${device}`)],
    ['a leading zero', eventOf(`updates/0/m/01/${device}`)],
  ])('%s hints at nothing', (_, body) => {
    expect(readHints(body)).toEqual([]);
  });

  it.each([
    ['as it is', `updates/0/m/1/${device}`],
    ['form-encoded', `updates%2F0%2Fm%2F1%2F${device}`],
  ])('a key that came %s is followed', (_, key) => {
    expect(readHints(eventOf(key))).toEqual([{ group: 0, model: 'm', round: 1, device }]);
  });

  it('reads every record of a message', () => {
    const body = JSON.stringify({
      Records: [1, 2].map((round) => ({
        eventName: 'ObjectCreated:Put',
        s3: { object: { key: `updates/0/m/${round}/${device}` } },
      })),
    });
    expect(readHints(body).map(({ round }) => round)).toEqual([1, 2]);
  });
});
