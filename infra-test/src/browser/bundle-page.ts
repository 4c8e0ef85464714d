import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';

/** A page's script and the chunks that it loads on demand. */
export interface PageBundle {
  /** Contents by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Name of the script that the page begins with. */
  readonly script: string;
  /** Source files of all of them. */
  readonly inputs: readonly string[];
  /** Modules that are not in them, such as those of Node. */
  readonly externals: readonly string[];
  /** Bytes that a page loads before its first request, compressed by gzip. */
  readonly eagerGzipBytes: number;
}

/** Bundles a page's script as an application for browsers would. */
export async function bundlePage(entry: string): Promise<PageBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['tributary-source'],
    outdir: '/',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const [main = ''] = Object.entries(metafile.outputs)
    .filter(([, { entryPoint }]) => entryPoint !== undefined)
    .map(([path]) => path)
    .filter((path) => basename(path) === basename(entry).replace(/\.ts$/, '.js'));
  const eager = [...eagerOutputs(metafile, main)].map((path) => files.get(basename(path)));
  return {
    files,
    script: basename(main),
    inputs: Object.keys(metafile.inputs),
    externals: Object.values(metafile.inputs)
      .flatMap(({ imports }) => imports)
      .filter(({ external }) => external === true)
      .map(({ path }) => path),
    eagerGzipBytes: eager.reduce((sum, file) => sum + gzipSync(file ?? '').length, 0),
  };
}

/** An output and those that it imports other than on demand. */
function eagerOutputs(
  metafile: Metafile,
  path: string,
  seen: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  if (seen.has(path)) return seen;
  const imports = (metafile.outputs[path]?.imports ?? []).filter(
    ({ kind, external }) => kind !== 'dynamic-import' && external !== true,
  );
  return imports.reduce<ReadonlySet<string>>(
    (known, imported) => eagerOutputs(metafile, imported.path, known),
    new Set([...seen, path]),
  );
}
