// Bundle each file of a folder into a chunk: the body of a function of (need, host) that returns what the file exports,
// without a prototype. What is in testing/ runs as user code does, without the two. make takes LICENSES.txt for the stamp.
//
// Usage: node build.mjs FOLDER_WITH_NODE_MODULES FOLDER_OF_SOURCES FOLDER_OF_CHUNKS

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [installed, sources, chunks] = process.argv.slice(2).map((folder) => resolve(folder));
const here = dirname(fileURLToPath(import.meta.url));
const unfinished = join(installed, `chunks-${process.pid}`);
const { build } = createRequire(join(installed, 'package.json'))('esbuild');

// Users see the names of these functions and classes.
const NAMED = new Set(['streams', 'url_pattern']);

// Several chunks need hashes. They take those of one chunk, so an isolate evaluates them once.
const HASHES = /^@noble\/hashes\/(hmac|legacy|sha2|utils)\.js$/;
const sharedHashes = {
  name: 'shared-hashes',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: HASHES }, ({ path }) => ({ path, namespace: 'shared-hashes' }));
    onLoad({ filter: HASHES, namespace: 'shared-hashes' }, () => ({
      contents: "module.exports = need('vendor/hashes');",
    }));
  },
};

// As an array in code, the table of IDNA would take most of the time that its chunk takes to load. Here a number is
// a character from the space on; one that is too large for that is a tilde and six digits.
const number = (value) => (value < 90 ? String.fromCharCode(32 + value) : `~${String(value).padStart(6, '0')}`);
const idnaTable = {
  name: 'idna-table',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]mappingTable\.json$/ }, ({ path }) => {
      const table = JSON.parse(readFileSync(path, 'utf8'));
      const ranges = table.map(([range]) => [range, range].flat());
      const mappings = table.map(([, , mapping]) => mapping ?? '');
      const packed = {
        lengths: ranges.map((range) => number(range.at(-1) - range[0] + 1)).join(''),
        statuses: table.map(([, status]) => status).join(''),
        mappings: mappings.join(''),
        mappingLengths: mappings.map((mapping) => number(mapping.length)).join(''),
      };
      const unpack = readFileSync(join(here, 'idna_table.js'), 'utf8');
      return { contents: `const packed = ${JSON.stringify(packed)};\n${unpack}` };
    });
  },
};

// What belongs to the executor alone.
const forExecutor = (name) => ({
  // A library that looked for these would load chunks, or even the one that is being loaded.
  define: {
    'globalThis.TextDecoder': 'undefined',
    'globalThis.TextEncoder': 'undefined',
    'globalThis.crypto': 'randomness',
  },
  inject: [join(here, 'globals.js')],
  plugins: name === 'hashes' ? [] : [sharedHashes, idnaTable],
});

const forTests = {
  alias: { tinyrainbow: join(here, 'testing', 'parts', 'plain_text.js') },
  define: { 'globalThis.WeakRef': 'HeldRef' },
  inject: [join(here, 'testing', 'parts', 'references.js')],
};

const bundle = (name) =>
  build({
    entryPoints: [join(sources, `${name}.js`)],
    nodePaths: [join(installed, 'node_modules')],
    absWorkingDir: installed,
    outfile: join(unfinished, `${name}.js`),
    bundle: true,
    format: 'iife',
    globalName: 'exported',
    footer: { js: 'return{__proto__:null,...exported};' },
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2024',
    charset: 'ascii',
    minify: true,
    keepNames: NAMED.has(name),
    legalComments: 'none', // LICENSES.txt has them all
    ...(basename(sources) === 'testing' ? forTests : forExecutor(name)),
    metafile: true,
    logLevel: 'warning',
  });

const PACKAGE = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//;

const licence = (name) => {
  const folder = join(installed, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  if (files.length === 0) throw new Error(`${name} has no licence`);
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
};

mkdirSync(unfinished, { recursive: true });
const files = readdirSync(sources).filter((file) => file.endsWith('.js'));
const names = files.map((file) => basename(file, '.js')).sort();
const bundles = await Promise.all(names.map(bundle));
const inputs = bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs));
const packages = new Set(inputs.map((input) => PACKAGE.exec(input)?.[1]).filter((name) => name !== undefined));
const licences = [...packages].sort().map(licence);
const about = 'The chunks in this folder are made of these libraries.';
writeFileSync(join(unfinished, 'LICENSES.txt'), `${[about, ...licences].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
// At once, so that a build that is cut off, or runs twice, leaves no half of one.
rmSync(chunks, { recursive: true, force: true });
renameSync(unfinished, chunks);
