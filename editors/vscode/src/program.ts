// Finds the program that the extension starts.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

// Surroundings are what decides where the program is.
export interface Surroundings {
  setting: string; // the path that was set; empty if none was
  extension: string; // the extension's own folder
  path: string; // PATH
  home: string;
  windows: boolean;
  folder: string | undefined; // the first folder of the workspace, against which a relative setting counts
}

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

// find returns the program's path: the setting, or what lies in the extension's folder
// "bin", or the first on PATH. If there is none, the error says where it was looked for.
export function find(s: Surroundings): string {
  const name = s.windows ? 'tcplint.exe' : 'tcplint';
  if (s.setting) {
    const set = s.setting.startsWith('~/') ? join(s.home, s.setting.slice(2)) : s.setting;
    const file = isAbsolute(set) || !s.folder ? set : join(s.folder, set);
    if (runs(file)) return file;
    throw new Error(`tcplint.path is ${s.setting}, but ${file} is no program that can be run`);
  }
  const places = [join(s.extension, 'bin'), ...s.path.split(delimiter).filter((p) => p !== '')];
  for (const place of places) {
    const file = join(place, name);
    if (runs(file)) return file;
  }
  throw new Error(`${name} is neither beside the extension nor on PATH: install tcplint, or set tcplint.path`);
}
