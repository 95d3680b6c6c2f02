// Bundles the extension into one file, and the unit tests beside it.
import { build } from 'esbuild';
import { readdirSync } from 'node:fs';

const common = { bundle: true, platform: 'node', target: 'node18', format: 'cjs', logLevel: 'warning' };

await build({
  ...common,
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.js',
  external: ['vscode'],
  minify: true,
  legalComments: 'none',
});

await build({
  ...common,
  entryPoints: readdirSync('test/unit').map((name) => `test/unit/${name}`),
  outdir: 'dist/test',
});
