/** Checks of a Markdown text against what it speaks of. Each answers the faults it finds. */

/** Reads a file that a relative link names; `undefined` where there is none. */
export type ReadLinked = (target: string) => string | undefined;

const LINK = /\[[^\]]+\]\(([^)#\s]*)(#[^)\s]*)?\)/g;
const ELISION = '…';

/** The anchors that GitHub gives a text's headings, repeated ones numbered. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Links to files and headings that are not there. */
export function brokenLinks(text: string, read: ReadLinked): string[] {
  const own = anchorsOf(text);
  return [...text.matchAll(LINK)].flatMap(([, target = '', hash = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    if (target !== '') return read(target) === undefined ? [target] : [];
    return own.has(hash.slice(1)) ? [] : [hash];
  });
}

/** JSON examples that differ from the file linked last before them. */
export function wrongExamples(text: string, read: ReadLinked): string[] {
  return [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].flatMap(({ 1: json = '', index }) => {
    const links = [...text.slice(0, index).matchAll(LINK)].map(([, to = '']) => to);
    const target = links.findLast((to) => to.endsWith('.json')) ?? '';
    const file = read(target);
    const isRight = file !== undefined && isShownBy(JSON.parse(json), JSON.parse(file));
    return isRight ? [] : [`${target}: ${json}`];
  });
}

/** Rows of the table of limits that are missing, unknown or of another value. */
export function wrongLimits(text: string, limits: Readonly<Record<string, unknown>>): string[] {
  const rows = [...text.matchAll(/^\| `([A-Z0-9_]+)` *\| (\S+) *\|$/gm)];
  const stated = new Map(
    rows.map(([, name = '', value = '']) => [name, value.replaceAll(',', '')]),
  );
  const names = new Set([...Object.keys(limits), ...stated.keys()]);
  return [...names].filter((name) => stated.get(name) !== String(limits[name]));
}

function isShownBy(shown: unknown, whole: unknown): boolean {
  if (shown === ELISION) return whole !== undefined;
  if (typeof shown !== 'object' || shown === null) return shown === whole;
  if (typeof whole !== 'object' || whole === null) return false;
  const names = new Set([...Object.keys(shown), ...Object.keys(whole)]);
  return [...names].every((name) => isShownBy(Reflect.get(shown, name), Reflect.get(whole, name)));
}
