import { DESCRIPTION_LENGTH_MAX, TAG_COUNT_MAX, TAG_LENGTH_MAX } from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { PointerMisuseError } from './misuse.ts';

/** Texts by which a search finds an object. */
export interface Labels {
  readonly tags: readonly string[];
  readonly description: string;
}

/** Labels of what got none. */
export const NO_LABELS: Labels = Object.freeze({ tags: Object.freeze([]), description: '' });

/** Labels that a program which is given them can't change. */
export function frozenLabels({ tags, description }: Labels): Labels {
  return Object.freeze({ tags: Object.freeze([...tags]), description });
}

/**
 * The labels with further tags, each once.
 *
 * @throws TypeError above `TAG_COUNT_MAX` tags, or for one that is no text of 1 to `TAG_LENGTH_MAX` characters.
 */
export function withTags(labels: Labels, added: readonly string[]): Labels {
  const tags = [...new Set([...labels.tags, ...added])];
  for (const tag of tags) {
    if (typeof tag === 'string' && tag.length > 0 && tag.length <= TAG_LENGTH_MAX) continue;
    throw new PointerMisuseError(
      `tag() got ${describeValue(tag)}, expected texts of 1 to ${TAG_LENGTH_MAX} characters, each as a separate argument`,
    );
  }
  if (tags.length > TAG_COUNT_MAX) {
    throw new PointerMisuseError(
      `tag() would give ${tags.length} tags, expected at most ${TAG_COUNT_MAX}; put the rest into describe()`,
    );
  }
  return frozenLabels({ ...labels, tags });
}

/**
 * The labels with another description.
 *
 * @throws TypeError for what is no text of at most `DESCRIPTION_LENGTH_MAX` characters.
 */
export function withDescription(labels: Labels, description: string): Labels {
  if (typeof description === 'string' && description.length <= DESCRIPTION_LENGTH_MAX) {
    return frozenLabels({ ...labels, description });
  }
  const got =
    typeof description === 'string' ? `${description.length} characters` : typeof description;
  throw new PointerMisuseError(
    `describe() got ${got}, expected a text of at most ${DESCRIPTION_LENGTH_MAX} characters; shorten it`,
  );
}
