import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { findProgram, projectOf } from '../../src/locate';

const made: string[] = [];
after(() => made.forEach((top) => fs.rmSync(top, { recursive: true })));

function tree(files: string[]): string {
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'opsc-vscode-'));
  made.push(top);
  for (const file of files) {
    fs.mkdirSync(path.join(top, path.dirname(file)), { recursive: true });
    fs.writeFileSync(path.join(top, file), '', { mode: file.startsWith('bin/') ? 0o755 : 0o644 });
  }
  return top;
}

test('opsc is found in PATH, by a path, and below the folder', () => {
  const top = tree(['bin/opsc', 'lib/opsc']);
  const program = path.join(top, 'bin/opsc');
  assert.equal(findProgram('opsc', undefined, `/nowhere${path.delimiter}${path.join(top, 'bin')}`), program);
  assert.equal(findProgram('', undefined, path.join(top, 'bin')), program);
  assert.equal(findProgram(program, undefined, ''), program);
  assert.equal(findProgram('./bin/opsc', top, ''), program);
  assert.equal(findProgram('${workspaceFolder}/bin/opsc', top, ''), program);
});

test('what is no program is not taken', () => {
  const top = tree(['lib/opsc']);
  assert.equal(findProgram('opsc', undefined, path.join(top, 'lib')), undefined);
  assert.equal(findProgram(path.join(top, 'lib'), undefined, ''), undefined);
  assert.equal(findProgram('opsc', undefined, ''), undefined);
  assert.equal(findProgram('~/nowhere/opsc', undefined, ''), undefined);
});

test('the project is where the state is, else the highest module', () => {
  const top = tree(['main.ops', 'lib/web/web.ops', 'deploy/.ops/state.db', 'deploy/main.ops', 'deploy/net/net.ops', 'docs/a.md']);
  assert.equal(projectOf(path.join(top, 'lib/web/web.ops'), top), top);
  assert.equal(projectOf(path.join(top, 'deploy/net/net.ops'), top), path.join(top, 'deploy'));
  assert.equal(projectOf(path.join(top, 'main.ops'), top), top);
});
