import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instancesOf, planText, valueText } from '../../src/instances';

const graph = [
  { address: 'build', type: 'task', doc: 'Builds.', needs: [], origin: { file: 'main.ops', line: 3, column: 1 } },
  { address: 'web', type: 'service', needs: [{ address: 'build' }] },
];
const recorded = [
  { address: 'web', type: 'service', outs: { url: 'http://127.0.0.1:8080' }, depends_on: ['build'] },
  { address: 'old', type: 'file', depends_on: [], tainted: false },
];

test('what is declared and what is recorded are one list', () => {
  const list = instancesOf(graph, recorded, { services: { web: 'up' } });
  assert.deepEqual(
    list.map((i) => [i.address, i.state]),
    [['build', 'new'], ['old', 'orphaned'], ['web', 'up']],
  );
  assert.deepEqual(list[2].needs, ['build']);
  assert.equal(list[0].origin?.line, 3);
});

test('while the sources have errors nothing is called orphaned', () => {
  const list = instancesOf(undefined, recorded, {});
  assert.deepEqual(
    list.map((i) => [i.address, i.state]),
    [['old', 'applied'], ['web', 'applied']],
  );
});

test('what went wrong stands before what was', () => {
  const tainted = [{ address: 'old', type: 'file', tainted: true }];
  assert.equal(instancesOf([], tainted, {})[0].state, 'tainted');
  assert.equal(instancesOf([], tainted, { interrupted: ['old'] })[0].state, 'interrupted');
  assert.equal(instancesOf(graph, recorded, { services: { web: 'unknown: no permission' } })[2].state, 'unknown');
});

test('values and plans in one line', () => {
  assert.equal(valueText('a'), 'a');
  assert.equal(valueText({ $secret: true }), '(secret)');
  assert.equal(valueText({ $pending: ['build'] }), '(after apply)');
  assert.equal(valueText({ $ref: 'build' }), 'build');
  assert.equal(valueText([1, null]), '[1,null]');
  assert.equal(planText([{ action: 'run' }, { action: 'run' }, { action: 'delete' }, { action: 'noop' }]), '2 to run, 1 to delete');
  assert.equal(planText([{ action: 'noop' }]), '');
});
