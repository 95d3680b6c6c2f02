// plan, apply, run, test, logs, why: in the terminal of the project that the user looks at.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { planText, type GraphNode } from './instances';
import { projectOf } from './locate';
import { json, program, tellMissing } from './opsc';
import { inTerminal } from './tasks';
import { InstanceItem, type InstancesView } from './view';

// What a command is about: a project, and in it an instance or everything.
interface Target {
  directory: string;
  address?: string;
  type?: string;
}

// The project of the open file, else the only one of the workspace, else the one the user picks.
async function currentProject(view: InstancesView): Promise<string | undefined> {
  const file = vscode.window.activeTextEditor?.document.uri;
  if (file?.scheme === 'file' && file.fsPath.endsWith('.ops')) {
    const folder = vscode.workspace.getWorkspaceFolder(file);
    return projectOf(file.fsPath, folder?.uri.fsPath ?? path.dirname(file.fsPath));
  }
  const projects = await view.projects();
  if (projects.length <= 1) return projects[0];
  return vscode.window.showQuickPick(projects, { title: 'Which project?' });
}

// From the palette, or an item of the tree.
async function targetOf(view: InstancesView, args: unknown[]): Promise<Target | undefined> {
  if (!vscode.workspace.isTrusted) {
    void vscode.window.showWarningMessage('opsc is not started in a workspace that is not trusted.');
    return undefined;
  }
  if (program() === undefined) {
    void tellMissing(true);
    return undefined;
  }
  const [item] = args;
  if (item instanceof InstanceItem) {
    return { directory: item.project, address: item.instance.address, type: item.instance.type };
  }
  const directory = await currentProject(view);
  if (directory !== undefined) return { directory };
  void vscode.window.showInformationMessage('There is no .ops file in this workspace.');
  return undefined;
}

async function pickRunnable(directory: string): Promise<string | undefined> {
  const graph = await json<{ nodes: GraphNode[] }>(directory, ['graph', '--format', 'json']);
  const nodes = graph?.nodes.filter((node) => ['pipeline', 'task', 'action'].includes(node.type)) ?? [];
  const items = nodes.map((node) => ({ label: node.address, description: node.type, detail: node.doc }));
  items.sort((a, b) => Number(b.description === 'pipeline') - Number(a.description === 'pipeline'));
  return (await vscode.window.showQuickPick(items, { title: 'Run', placeHolder: 'a pipeline or a task' }))?.label;
}

async function apply({ directory, address }: Target): Promise<void> {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'opsc-')), 'plan');
  try {
    const targets = address === undefined ? [] : [address];
    if ((await inTerminal(directory, 'plan', [...targets, '-o', file], ['plan', ...targets].join(' '))) !== 0) return;
    const plan = await json<{ changes: { action: string }[] }>(directory, ['show', '--json', file]);
    const text = planText(plan?.changes ?? []);
    if (text === '') {
      void vscode.window.showInformationMessage('Nothing to do: everything is as declared.');
      return;
    }
    const detail = 'The plan in the terminal is applied exactly, or refused if the world changed in between.';
    const chosen = await vscode.window.showWarningMessage(`Apply: ${text}?`, { modal: true, detail }, 'Apply');
    if (chosen === 'Apply') await inTerminal(directory, 'apply', [file], ['apply', ...targets].join(' '));
  } finally {
    fs.rmSync(path.dirname(file), { recursive: true, force: true });
  }
}

async function run(target: Target): Promise<void> {
  const address = target.address ?? (await pickRunnable(target.directory));
  if (address !== undefined) await inTerminal(target.directory, 'run', [address]);
}

// A service has one log; a task has one in each run.
function logs({ directory, address, type }: Target): Promise<unknown> {
  const what = address === undefined ? [] : [type === 'service' ? address : `last/${address}`];
  return inTerminal(directory, 'logs', what);
}

async function reveal(item: InstanceItem): Promise<void> {
  const origin = item.instance.origin;
  if (!origin) return;
  const at = new vscode.Position(origin.line - 1, origin.column - 1);
  const uri = vscode.Uri.file(path.resolve(item.project, origin.file));
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at) });
}

export function registerCommands(context: vscode.ExtensionContext, view: InstancesView): void {
  const register = (name: string, act: (target: Target) => Promise<unknown>) =>
    context.subscriptions.push(
      vscode.commands.registerCommand(`ops.${name}`, async (...args: unknown[]) => {
        const target = await targetOf(view, args);
        if (target === undefined) return;
        await vscode.workspace.saveAll(false);
        await act(target);
        view.refresh();
      }),
    );
  const plain = (command: string) => (target: Target) =>
    inTerminal(target.directory, command, target.address === undefined ? [] : [target.address]);
  for (const command of ['check', 'plan', 'test', 'why']) register(command, plain(command));
  register('logs', logs);
  register('apply', apply);
  register('run', run);
  context.subscriptions.push(
    vscode.commands.registerCommand('ops.reveal', reveal),
    vscode.commands.registerCommand('ops.refreshInstances', () => view.refresh()),
  );
}
