// The extension: what is registered when, and what follows from trust and settings.
import * as vscode from 'vscode';
import { registerCommands } from './commands';
import { restart, stopServer } from './server';
import { TaskProvider } from './tasks';
import { InstancesView } from './view';

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const channel = vscode.window.createOutputChannel('opsc server');
  const runs = vscode.window.createOutputChannel('opsc runs');
  const view = new InstancesView();
  const sources = vscode.workspace.createFileSystemWatcher('**/{*.ops,.ops/state.db,.ops/state.db-wal}');
  const refresh = () => view.refresh();
  const start = () => restart({ channel, runs, onRan: refresh });
  context.subscriptions.push(
    channel,
    runs,
    view,
    sources,
    sources.onDidChange(refresh),
    sources.onDidCreate(refresh),
    sources.onDidDelete(refresh),
    vscode.window.createTreeView('opsc.instances', { treeDataProvider: view, showCollapseAll: true }),
    vscode.tasks.registerTaskProvider('opsc', new TaskProvider()),
    vscode.commands.registerCommand('ops.restartServer', start),
    vscode.commands.registerCommand('ops.showOutput', () => channel.show()),
    vscode.commands.registerCommand('ops.showRuns', () => runs.show()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => start().then(refresh)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      const matters = event.affectsConfiguration('opsc.path') || event.affectsConfiguration('opsc.serverArguments');
      if (matters) void start().then(refresh);
    }),
  );
  registerCommands(context, view);
  await start();
}

export function deactivate(): Promise<void> {
  return stopServer();
}
