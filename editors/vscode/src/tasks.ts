// `opsc` in the terminal: as tasks that a user can write into tasks.json, and for the commands.
import * as vscode from 'vscode';
import { program } from './opsc';

interface Definition extends vscode.TaskDefinition {
  command: string;
  arguments?: string[];
  directory?: string;
}

function taskOf(
  definition: Definition,
  scope: vscode.WorkspaceFolder | vscode.TaskScope,
  directory: string,
  label?: string,
): vscode.Task {
  const words = [definition.command, ...(definition.arguments ?? [])];
  const execution = new vscode.ProcessExecution(program(vscode.Uri.file(directory)) ?? 'opsc', words, {
    cwd: directory,
  });
  const task = new vscode.Task(definition, scope, label ?? words.join(' '), 'opsc', execution, '$opsc');
  if (definition.command === 'check') task.group = vscode.TaskGroup.Build;
  if (definition.command === 'test') task.group = vscode.TaskGroup.Test;
  task.presentationOptions = { panel: vscode.TaskPanelKind.Shared, clear: true, showReuseMessage: false };
  return task;
}

export class TaskProvider implements vscode.TaskProvider {
  provideTasks(): vscode.Task[] {
    const folders = vscode.workspace.workspaceFolders ?? [];
    return folders.flatMap((folder) =>
      ['check', 'plan', 'test'].map((command) => taskOf({ type: 'opsc', command }, folder, folder.uri.fsPath)),
    );
  }

  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const definition = task.definition as Definition;
    const folder = task.scope as vscode.WorkspaceFolder | undefined;
    if (!definition.command || !folder?.uri) return undefined;
    const directory = definition.directory
      ? vscode.Uri.joinPath(folder.uri, definition.directory).fsPath
      : folder.uri.fsPath;
    return taskOf(definition, folder, directory);
  }
}

// Runs it in the terminal, with live output; gives its exit code, or undefined when it was ended.
export async function inTerminal(
  directory: string,
  command: string,
  args: string[],
  label?: string,
): Promise<number | undefined> {
  const definition = { type: 'opsc', command, arguments: args, directory };
  const task = taskOf(definition, vscode.TaskScope.Workspace, directory, label);
  const ended = new Map<vscode.TaskExecution, number | undefined>();
  return new Promise((resolve, reject) => {
    let execution: vscode.TaskExecution | undefined;
    const listener = vscode.tasks.onDidEndTaskProcess((event) => {
      ended.set(event.execution, event.exitCode);
      finish();
    });
    // A short one may end before its start is known.
    const finish = () => {
      if (execution === undefined || !ended.has(execution)) return;
      listener.dispose();
      resolve(ended.get(execution));
    };
    vscode.tasks.executeTask(task).then((started) => {
      execution = started;
      finish();
    }, reject);
  });
}
