// Where opsc is, and which directory a file's project is.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

// The setting as an absolute path, or undefined when there is no such program.
export function findProgram(setting: string, folder: string | undefined, searched = process.env.PATH): string | undefined {
  let name = setting.trim() || 'opsc';
  if (name === '~' || name.startsWith('~/')) name = path.join(os.homedir(), name.slice(1));
  if (folder !== undefined) name = name.split('${workspaceFolder}').join(folder);
  if (name.includes('/') || name.includes(path.sep)) {
    const file = path.resolve(folder ?? process.cwd(), name);
    return isProgram(file) ? file : undefined;
  }
  const ending = process.platform === 'win32' ? '.exe' : '';
  for (const directory of (searched ?? '').split(path.delimiter)) {
    const file = path.join(directory, name + ending);
    if (directory !== '' && isProgram(file)) return file;
  }
  return undefined;
}

function hasSources(directory: string): boolean {
  try {
    return fs.readdirSync(directory, { withFileTypes: true }).some((e) => e.isFile() && e.name.endsWith('.ops'));
  } catch {
    return false;
  }
}

// The project of a file: the nearest directory with a state (`.ops/`) or a lock, otherwise the highest one below
// `top` that has sources all the way, since modules lie below those that import them.
export function projectOf(file: string, top: string): string {
  let best = path.dirname(file);
  for (let at = best; ; at = path.dirname(at)) {
    if (fs.existsSync(path.join(at, '.ops')) || fs.existsSync(path.join(at, 'ops.lock'))) return at;
    if (hasSources(at)) best = at;
    if (at === top || at === path.dirname(at) || !at.startsWith(top)) return best;
  }
}
