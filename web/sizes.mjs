// Says what a visitor loads, packed as servers pack it, and fails where it has grown:
// the page with the core of the engine, and all of the engine for who needs it.
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

const limits = { core: 2_000_000, whole: 2_800_000, own: 200_000, editor: 150_000 };
const dir = new URL('./dist/assets/', import.meta.url);
const kind = (name) => (name.endsWith('.wasm') ? (name.startsWith('core') ? 'core' : 'whole') : name.endsWith('.js') ? (name.startsWith('editor') ? 'editor' : 'own') : 'other');
const sums = {};
for (const name of readdirSync(dir)) {
  const text = readFileSync(new URL(name, dir));
  const packed = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
  }).length;
  sums[kind(name)] = (sums[kind(name)] ?? 0) + packed;
  console.log(`${name}: ${text.length} bytes, ${packed} in brotli`);
}
for (const [what, most] of Object.entries(limits)) {
  if (sums[what] > most) {
    console.error(`${what} is ${sums[what]} bytes in brotli: at most ${most} are let through`);
    process.exitCode = 1;
  }
}
