// Bundle the console: `src/main.tsx`, and what it loads later in chunks of their own, with hashed names, and the page
// that loads them. make takes LICENSES.txt for the stamp.
//
// Usage: node build.mjs FOLDER_WITH_ESBUILD FOLDER_WITH_NODE_MODULES FOLDER_OF_THE_APP

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [bundler, installed, app] = process.argv.slice(2).map((folder) => resolve(folder));
const here = dirname(fileURLToPath(import.meta.url));
const unfinished = join(installed, `app-${process.pid}`);
const { build } = createRequire(join(bundler, 'package.json'))('esbuild');

const { metafile } = await build({
  entryPoints: [join(here, 'src', 'main.tsx')],
  nodePaths: [join(installed, 'node_modules')],
  absWorkingDir: installed,
  tsconfig: join(here, 'tsconfig.json'),
  outdir: unfinished,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  charset: 'ascii',
  minify: true,
  legalComments: 'none', // LICENSES.txt has them all
  metafile: true,
  logLevel: 'warning',
});

// The browser fetches at once what the first view needs.
const outputs = Object.entries(metafile.outputs);
const [main, { imports, cssBundle }] = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith('src/main.tsx'));
const needed = imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path);
const file = (path) => `console/${basename(path)}`;
const links = [
  `<link rel="stylesheet" href="${file(cssBundle)}">`,
  ...needed.map((path) => `<link rel="modulepreload" href="${file(path)}">`),
  `<script type="module" src="${file(main)}"></script>`,
];
const page = readFileSync(join(here, 'index.html'), 'utf8');
writeFileSync(join(unfinished, 'index.html'), page.replace('<!-- the app -->', links.join('\n')));

const PACKAGE = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//;

const licence = (name) => {
  const folder = join(installed, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((each) => /^(licen[cs]e|copying|notice)/i.test(each)).sort();
  if (files.length === 0) throw new Error(`${name} has no licence`);
  const texts = files.map((each) => readFileSync(join(folder, each), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
};

const inputs = outputs.flatMap(([, output]) => Object.entries(output.inputs));
const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => PACKAGE.exec(path)?.[1]);
const packages = [...new Set(used.filter((name) => name !== undefined))].sort();
const about = 'The files in this folder are made of these libraries.';
const licences = [about, ...packages.map(licence)].join(`\n\n${'-'.repeat(80)}\n\n`);
writeFileSync(join(unfinished, 'LICENSES.txt'), `${licences}\n`);
// At once, so that a build that is cut off, or runs twice, leaves no half of one.
mkdirSync(dirname(app), { recursive: true });
rmSync(app, { recursive: true, force: true });
renameSync(unfinished, app);
