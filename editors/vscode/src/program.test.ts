import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { find, type Surroundings } from './program.ts';

const dir = mkdtempSync(join(tmpdir(), 'tcplint-'));
after(() => rmSync(dir, { recursive: true }));

const program = (...parts: string[]): string => {
  const file = join(dir, ...parts);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
};
const s: Surroundings = { setting: '', extension: join(dir, 'extension'), path: '', home: join(dir, 'home'), windows: false, folder: join(dir, 'work') };

test('the first on PATH', () => {
  const file = program('b', 'tcplint');
  writeFileSync(join(dir, 'tcplint'), 'no program');
  assert.equal(find({ ...s, path: [dir, join(dir, 'b')].join(delimiter) }), file);
});

test('what comes with the extension is before PATH', () => {
  const own = program('packed', 'bin', 'tcplint');
  assert.equal(find({ ...s, extension: join(dir, 'packed'), path: join(dir, 'b') }), own);
});

test('a setting is before all, from home or the folder', () => {
  const home = program('home', 't', 'tcplint');
  const inFolder = program('work', 'tools', 'x');
  assert.equal(find({ ...s, setting: '~/t/tcplint' }), home);
  assert.equal(find({ ...s, setting: 'tools/x' }), inFolder);
});

test('what is not there is said', () => {
  assert.throws(() => find({ ...s, setting: '/none/tcplint' }), /tcplint\.path is \/none\/tcplint/);
  assert.throws(() => find({ ...s, path: dir }), /neither beside the extension nor on PATH/);
  assert.throws(() => find({ ...s, windows: true, path: join(dir, 'b') }), /tcplint\.exe/);
});
